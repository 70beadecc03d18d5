"""What a student runs: the public checks, on the notebook's own kernel or on a saved file, with reasons in words."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from autograder.course import Assignment, Limits, Question, find_marks
from autograder.data import load
from autograder.errors import KitError, SubmissionError
from autograder.grading.context import PASSED, Check, Context
from autograder.grading.run import run_checks
from autograder.report.terminal import print_checks
from autograder.sandbox.session import Session
from autograder.sandbox.transports import Answer, InProcess, Plain
from autograder.submission import Submission, read_submission
from autograder.worker.serve import train_data
from autograder.worker.service import Message, Service

CHECKS = "test_public.py"
SEED = 1
_NARROW = 80  # characters a line of `nbgrader validate` can show


def check(assignment: str | None = None, question: str | None = None) -> None:
    """Run the public checks of an assignment, or of one question, on what this notebook's kernel holds now.

    `check()` looks for the assignment in the current folder, `check("im2col")` names it. Nothing needs to be saved.
    Under `nbgrader validate` (and its button) what fails is an error of the cell, in the same words.
    """
    if os.environ.get("AUTOGRADER_WALL"):
        return  # in grading the checks come from outside
    validating = os.environ.get("NBGRADER_EXECUTION") == "validate"
    try:
        folder = find_released(assignment)
        lesson = lesson_of(folder)
        _known_question(lesson, question)
        # nbgrader takes any text on stderr, a warning of torch's say, for a failed cell, and none for a right one.
        hushed = contextlib.redirect_stderr(io.StringIO()) if validating else contextlib.nullcontext()
        with _same_random_numbers(), hushed:
            context = _run(lesson, folder, _kernel_session(_namespace()), question)
    except KitError as error:
        print(error, file=sys.stderr if validating else sys.stdout)
    except KeyboardInterrupt:
        print("Stopped.")
    else:
        checks = list(context.checks.values())
        failed = validating and any(one.outcome != PASSED for one in checks)
        # In a notebook Rich shows a page of its own kind, which nbgrader does not read.
        console = Console(file=sys.stderr, width=_NARROW, force_jupyter=False) if failed else None
        print_checks(checks, lesson, question, console)


@dataclass(frozen=True)
class Checked:
    """What the public checks found in a file; `remarks` are about the file and its cells."""

    lesson: Assignment
    checks: list[Check]
    remarks: list[str]


def check_file(path: Path, question: str | None = None) -> Checked:
    """The public checks on a saved notebook or script, in a plain subprocess. Raises KitError."""
    path = path.resolve()
    if not path.exists():
        raise SubmissionError(f"{path}: there is no such file. Give the path of your notebook.")
    if path.is_dir():
        folder, path = path, _notebook_in(path)
    else:
        folder = _folder_for(path)
    lesson = lesson_of(folder)
    _known_question(lesson, question)
    submission = read_submission(path, lesson, [])
    session = _file_session(submission, lesson)
    try:
        session.start()
        context = _run(lesson, folder, session, question)
    finally:
        session.close()
    remarks = [*submission.notes, *(_remark(state.message) for state in session.outcomes.values() if state.message)]
    return Checked(lesson, list(context.checks.values()), remarks)


def _remark(message: str) -> str:
    """What became of a cell in one line, the place first."""
    words, _, place = message.rpartition("\n")
    return f"{place}: {words}" if words else place


def context_for_folder(folder: Path) -> Context:
    """For `pytest` typed in an assignment's folder: the notebook beside the checks, in a plain subprocess."""
    lesson = lesson_of(folder)
    session = _file_session(read_submission(_notebook_in(folder), lesson, []), lesson)
    session.start()
    return _context(lesson, session, None)


# finding what belongs together --------------------------------------------------------------------------------------


def find_released(name: str | None) -> Path:
    """The folder with an assignment's public checks: this one, one above or below it, or the package's own copy."""
    here = Path.cwd()
    known = _known(here)
    if name in known:
        return known[name]
    names = ", ".join(f'check("{key}")' for key in known) or "none was found"
    if name is not None:
        raise KitError(f"There is no assignment {name!r} here. Known: {names}.")
    for folder in (here, *here.parents):
        if (folder / CHECKS).is_file():
            return folder
    raise KitError(f"{here} holds no assignment. Name the one you mean: {names}.")


def _known(here: Path) -> dict[str, Path]:
    """Assignment name → folder, nearest first."""
    package = Path(__file__).resolve().parent
    places = [here, *sorted(here.glob("*/"))]
    for root in (here, *list(here.parents)[:3]):
        places += [root, *sorted(root.glob("assignments/*/"))]
    # The package's own copy: in an installed one, and in a clone.
    places += [*sorted(package.glob("_assignments/*/")), *sorted(package.parent.glob("assignments/*/"))]
    found: dict[str, Path] = {}
    for folder in places:
        if (folder / CHECKS).is_file() and any(folder.glob("*.ipynb")):
            found.setdefault(folder.name, folder)
    return found


def _folder_for(path: Path) -> Path:
    """The folder with the public checks for one file: its own, or that of the assignment it names."""
    if (path.parent / CHECKS).is_file():
        return path.parent
    known = _known(Path.cwd()) | _known(path.parent)
    named = _card(path).get("assignment") if path.suffix == ".ipynb" else None
    for name in (named, path.stem, path.parent.name):
        if isinstance(name, str) and name in known:
            return known[name]
    matching = [name for name in known if path.stem.endswith(name)]
    if matching:
        return known[max(matching, key=len)]
    names = ", ".join(known) or "none"
    raise SubmissionError(f"{path.name} belongs to no assignment known here ({names}). Put it beside its {CHECKS}.")


def _notebook_in(folder: Path) -> Path:
    """The notebook (or script) a folder holds beside its checks."""
    named = folder / f"{folder.name}.ipynb"
    if named.is_file():
        return named
    others = [path for path in (*folder.glob("*.ipynb"), *folder.glob("*.py")) if not path.name.startswith("test_")]
    if len(others) != 1:
        found = ", ".join(path.name for path in others) or "none"
        raise SubmissionError(f"{folder} should hold one notebook, but: {found}. Name yours {folder.name}.ipynb.")
    return others[0]


def lesson_of(folder: Path) -> Assignment:
    """The assignment as its released notebook describes it: name, questions and points, thresholds."""
    original = folder / f"{folder.name}.ipynb"
    candidates = [original, *sorted(folder.glob("*.ipynb"))]
    card = next((found for found in map(_card, candidates) if found), {})
    name = str(card.get("assignment") or folder.name)
    asked = _questions_checked(folder / CHECKS)
    points = card.get("questions")
    if not isinstance(points, dict) or not all(isinstance(value, int | float) for value in points.values()):
        points = dict.fromkeys(asked, 1)
    # A notebook's JSON sorts its keys; the check file has the questions in the order of the notebook.
    points = {key: points[key] for key in (*asked, *points) if key in points}
    thresholds, seconds = card.get("thresholds"), card.get("training_seconds")
    training = float(seconds) if isinstance(seconds, int | float) and seconds > 0 else Limits().training_seconds
    return Assignment(
        name=name,
        title=name,
        points=float(sum(points.values())) or 1.0,
        questions={key: Question(name=key, points=float(value)) for key, value in points.items()},
        thresholds=thresholds if isinstance(thresholds, dict) else {},
        limits=Limits(check_seconds=120, training_seconds=training, cpu_seconds=3600),
        folder=folder,
        released=folder,
    )


def _card(path: Path) -> dict[str, Any]:
    """What the build wrote into a notebook's metadata; empty when the file is no such notebook."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["metadata"]["autograder"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _questions_checked(path: Path) -> list[str]:
    return list(dict.fromkeys(mark.question for mark in find_marks(path)))


# running ------------------------------------------------------------------------------------------------------------


def _namespace() -> dict[str, Any]:
    """The names a notebook's kernel (or a plain interpreter) holds."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return running.user_ns if running is not None else vars(sys.modules["__main__"])


class _Kernel(InProcess):
    """The notebook's own process; an interrupt ends the whole check and not only the call it struck."""

    def request(self, message: Message, seconds: float, answer: Answer) -> Message:
        """Answer at once."""
        reply, buffers = super().request(message, seconds, answer)
        raised = reply.get("raised")
        if isinstance(raised, dict) and raised.get("type") == "KeyboardInterrupt":
            raise KeyboardInterrupt
        return reply, buffers


@contextlib.contextmanager
def _same_random_numbers() -> Iterator[None]:
    """What a notebook draws next does not depend on whether it was checked before."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def _known_question(lesson: Assignment, question: str | None) -> None:
    if question is not None and question not in lesson.questions:
        known = ", ".join(lesson.questions)
        raise SubmissionError(f"{lesson.name} has no question {question!r}. It has: {known}.")


def _kernel_session(namespace: dict[str, Any]) -> Session:
    data = train_data({"data": "bundled"})
    session = Session(_Kernel(lambda answer: Service(namespace, data=data, callback=answer)), ())
    session.start()
    return session


def _file_session(submission: Submission, lesson: Assignment) -> Session:
    module = "__main__" if submission.path.suffix.lower() == ".ipynb" else "submission"
    settings = {**lesson.limits.model_dump(), "data": "bundled", "threads": torch.get_num_threads(), "module": module}
    limits = lesson.limits
    return Session(Plain(settings), submission.cells, limits.check_seconds, limits.cpu_seconds)


def _context(lesson: Assignment, session: Session, question: str | None) -> Context:
    return Context(
        assignment=lesson.name,
        session=session,
        seed=SEED,
        thresholds={name: values["bundled"] for name, values in lesson.thresholds.items() if "bundled" in values},
        load_data=load,
        training_seconds=lesson.limits.training_seconds,
        questions=frozenset([question] if question else []),
    )


def _run(lesson: Assignment, folder: Path, session: Session, question: str | None) -> Context:
    context = _context(lesson, session, question)
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == str(folder / CHECKS):
            del sys.modules[name]  # a kernel lives long, and the checks may have been updated since
    run_checks([folder / CHECKS], context)
    return context
