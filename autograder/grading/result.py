"""Results as plain data: what every result says, whether its submission could be graded or not."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from autograder.course import Assignment
from autograder.grading.job import Conditions, Job
from autograder.text import plain

SCHEMA = 1


@lru_cache(maxsize=1)
def environment() -> dict[str, str]:
    """The versions a result depends on."""
    versions = {name: version(name) for name in ("torch", "numpy", "autograder")}
    return {"python": platform.python_version(), **versions, "platform": platform.platform()}


def head_of(job: Job, assignment: Assignment, conditions: Conditions) -> dict[str, Any]:
    """The part of a result that is known before grading, with no points yet."""
    return {
        "schema": SCHEMA,
        "student": job.student,
        "assignment": job.assignment,
        "points": 0.0,
        "max_points": assignment.points,
        "status": "graded",
        "problem": "",
        "device": conditions.device,
        "data": conditions.data,
        "sandbox": conditions.sandbox,
        "seed": conditions.seed,
        "seconds": 0.0,
        "environment": environment(),
        "key": job.key,
    }


def without_grade(
    job: Job, assignment: Assignment, conditions: Conditions, problem: str, status: str = "unreadable"
) -> dict[str, Any]:
    """The result of a submission that was not graded: no points, and the reason in a sentence."""
    return {
        **head_of(job, assignment, conditions),
        "status": status,
        "problem": plain(problem),
        "questions": {name: {"points": 0.0, "max_points": q.points} for name, q in assignment.questions.items()},
        "checks": [],
        "cells": [],
        "notes": [],
        "cpu_seconds": 0.0,
        "submission": {"file": "", "sha256": ""},
    }
