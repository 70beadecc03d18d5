"""`autograder doctor`: is this machine ready, and what is the fix where it is not."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.errors import KitError

GOOD, BAD, NOTE = "✓", "✗", "·"
NEEDED = ("torch", "torchvision", "numpy", "pytest", "nbformat", "matplotlib")
FOR_INSTRUCTORS = ("nbgrader", "jupytext", "papermill")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its sign, what was found, and the fix when it is a problem."""

    sign: str
    what: str
    found: str
    fix: str = ""


def examine(course: Path | None, console: Console) -> bool:
    """Print what was found; True when nothing stands in the way of grading."""
    table = Table(title="autograder doctor", title_justify="left")
    table.add_column("")
    table.add_column("What", no_wrap=True)
    table.add_column("Found", overflow="fold")
    table.add_column("Fix", overflow="fold")
    findings = []
    with console.status("Looking around…"):
        for look in (_python, _packages, _wall, _cuda, _profiles):
            findings += list(look())
        findings += list(_course(course))
    colours = {GOOD: "green", BAD: "red", NOTE: "yellow"}
    for finding in findings:
        table.add_row(
            Text(finding.sign, style=colours[finding.sign]), finding.what, Text(finding.found), Text(finding.fix)
        )
    console.print(table)
    return not any(finding.sign == BAD for finding in findings)


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    yield Finding(GOOD if fine else BAD, "Python", found, "" if fine else "Install Python 3.11 or newer.")


def _packages() -> Iterator[Finding]:
    for names, sign, extra in ((NEEDED, BAD, ""), (FOR_INSTRUCTORS, NOTE, "[instructor]")):
        for name in names:
            try:
                yield Finding(GOOD, name, version(name))
            except PackageNotFoundError:
                yield Finding(sign, name, "missing", f"pip install 'autograder{extra}'")


def _wall() -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        yield Finding(NOTE, "wall", f"not on {sys.platform}", "Grade on Linux; checking your own notebook works here.")
        return
    if importlib.util.find_spec("torch") is None:
        yield Finding(BAD, "wall", "not tried without torch", "pip install torch torchvision")
        return
    from autograder.sandbox.transports import Walled
    from autograder.sandbox.wall import Wall, bubblewrap

    def start() -> str:
        bubblewrap()
        wall = Wall()
        try:
            worker = Walled(wall, {**_limits(), "module": "submission", "data": "bundled"})
            worker.open()
            worker.close()
        finally:
            wall.close()
        return "a submission's worker starts behind it"

    yield _tried("bubblewrap and namespaces", start, BAD)


def _limits() -> dict[str, object]:
    from autograder.course import Limits

    return Limits().model_dump()


def _tried(what: str, action: Callable[[], str], sign: str) -> Finding:
    """A finding from trying; the errors of the kit name their fix themselves."""
    try:
        return Finding(GOOD, what, action())
    except KitError as error:
        head, _, fix = str(error).partition(". ")
        return Finding(sign, what, head, fix or "See the message on the left.")


def _cuda() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        return
    import torch

    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
        yield Finding(GOOD, "CUDA", names)
    else:
        yield Finding(NOTE, "CUDA", "no device", "None is needed: grading runs on the CPU.")


def _profiles() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        return
    from autograder import data

    def bundled() -> str:
        loaded = data.load("bundled")
        return f"usable: {len(loaded.train_images):,} + {len(loaded.test_images):,} digits"

    yield _tried("data: bundled", bundled, BAD)
    if data.mnist_at_hand():
        yield _tried("data: mnist", lambda: f"usable: {len(data.load('mnist').train_images):,} training digits", NOTE)
    else:
        fix = "It is downloaded at first use (11 MB), or set AUTOGRADER_DATA to a folder that holds MNIST/raw."
        yield Finding(NOTE, "data: mnist", "not here yet", fix)


def _course(path: Path | None) -> Iterator[Finding]:
    if path is None:
        yield Finding(NOTE, "course", "no grading.yml here or above", "Only needed for grading.")
        return
    from autograder.course import load_course
    from autograder.release import stale

    def load() -> str:
        course = load_course(path)
        old = stale(course)
        if old:
            raise KitError(f"{', '.join(p.name for p in old)} are not what the sources give. Run autograder build.")
        return f"{course.title}: {len(course.assignments)} assignments, notebooks up to date"

    yield _tried("course", load, BAD)
