"""From what was asked on the command line and what grading.yml says to the conditions of a run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import lru_cache

from autograder.course import Course
from autograder.errors import KitError
from autograder.grading.job import Conditions
from autograder.grading.pool import default_workers, threads_each

DEVICES, SANDBOXES, PROFILES = ("auto", "cpu", "cuda"), ("bubblewrap", "none"), ("bundled", "mnist")


def conditions_for(
    course: Course,
    *,
    device: str | None = None,
    data: str | None = None,
    sandbox: str | None = None,
    seed: int | None = None,
    jobs: int = 0,
    trainings: bool = True,
) -> Conditions:
    """The conditions of a run. Raises KitError for an unknown choice, or CUDA where there is none."""
    chosen = _one_of("--device", course.device if device is None else device, DEVICES)
    wall = _one_of("--sandbox", course.sandbox if sandbox is None else sandbox, SANDBOXES)
    if wall == "bubblewrap":
        from autograder.sandbox.wall import bubblewrap

        bubblewrap()
    return Conditions(
        root=str(course.root),
        device=_device(chosen),
        data=_one_of("--data", course.data if data is None else data, PROFILES),
        sandbox=wall,
        seed=course.seed if seed is None else seed,
        threads=threads_each(jobs or default_workers()),
        trainings=trainings,
    )


def _one_of(option: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise KitError(f"{option} {value!r} is unknown. Use one of: {', '.join(known)}.")
    return value


def _device(asked: str) -> str:
    if asked == "cpu":
        return "cpu"
    found = cuda_available()
    if asked == "cuda" and not found:
        raise KitError("--device cuda: torch finds no CUDA device here. Use --device cpu, or run autograder doctor.")
    return "cuda" if found else "cpu"


@lru_cache(maxsize=1)
def cuda_available() -> bool:
    """Whether torch finds a CUDA device; asked in another process, so that this one stays light and free of CUDA."""
    if importlib.util.find_spec("torch") is None or not _driver_present():
        return False
    code = "import torch, sys; sys.exit(0 if torch.cuda.is_available() else 1)"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False).returncode == 0


def _driver_present() -> bool:
    """A cheap look before torch is imported for the question: on Linux, no device file means no CUDA."""
    from pathlib import Path

    return not sys.platform.startswith("linux") or any(Path("/dev").glob("nvidia[0-9]*"))
