"""Runs of checks without another process: the submission's cells run here, everything else is as in grading."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.grading.job import Conditions, Job
from autograder.grading.slot import Slot
from autograder.sandbox.transports import InProcess
from autograder.worker.service import Service


@pytest.fixture(autouse=True)
def _fresh_modules() -> Iterator[None]:
    """Check files of one copy of the tiny course are not those of the next, though their modules have the same names."""
    yield
    for name in list(sys.modules):
        if name.startswith(("solutions.", "assignments.")) or name in ("toy", "tiny"):
            del sys.modules[name]


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Slot]]:
    """Make a slot for a course whose submissions run in this process."""

    def transport(self: Slot, assignment: object, submission: object) -> InProcess:
        return InProcess(lambda answer: Service({"__name__": "submission"}, callback=answer))

    monkeypatch.setattr(Slot, "_transport", transport)

    def make(toy: Any, **conditions: Any) -> Slot:
        return Slot(Conditions(str(toy.root), seed=conditions.pop("seed", 7), **conditions))

    yield make


@pytest.fixture
def graded(slot: Callable[..., Slot]) -> Callable[..., dict[str, Any]]:
    """The result of right answers to toy, with those given in their place."""

    def graded(toy: Any, slot_: Slot | None = None, **answers: str | None) -> dict[str, Any]:
        path = toy.hand_in("kim", **answers)
        return (slot_ or slot(toy)).grade(Job("kim", "toy", str(path)))

    return graded
