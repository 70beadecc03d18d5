"""Runs of checks without another process: the submission's cells run here, everything else is as in grading."""

from collections.abc import Callable
from typing import Any

import pytest

from autograder.grading.job import Job
from autograder.grading.slot import Slot


@pytest.fixture(autouse=True)
def _modules_are_fresh(fresh_modules: None) -> None:
    """For every test here."""


@pytest.fixture
def graded(slot: Callable[..., Slot]) -> Callable[..., dict[str, Any]]:
    """The result of right answers to toy, with those given in their place."""

    def graded(toy: Any, slot_: Slot | None = None, **answers: str | None) -> dict[str, Any]:
        path = toy.hand_in("kim", **answers)
        return (slot_ or slot(toy)).grade(Job("kim", "toy", str(path)))

    return graded
