"""A small course with released notebooks, and results of it."""

import json
from pathlib import Path

import pytest

from autograder.course import Assignment, Course, Limits, Question

QUESTIONS = {"im2col": {"output_size": 1, "im2col": 3, "forward": 2.5}, "mlp": {"train": 4}}


def kit_cell(kind, name, source, **meta):
    nbgrader = {"grade": kind == "check", "solution": kind == "answer", "locked": kind != "answer", "task": False}
    nbgrader |= {"schema_version": 3, "grade_id": f"{kind}-{name}", **meta}
    return {
        "id": f"{kind}-{name}",
        "cell_type": "code",
        "metadata": {"nbgrader": nbgrader},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def student_notebook(name):
    cells = [{"id": "text-1", "cell_type": "markdown", "metadata": {}, "source": f"# {name}\n\nRead this."}]
    cells.append(kit_cell("setup", "1", "import torch"))
    for question, points in QUESTIONS[name].items():
        cells.append(kit_cell("answer", question, f"def {question}():\n    raise NotImplementedError()"))
        cells.append(kit_cell("check", question, f'check("{name}", question="{question}")', points=points))
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernelspec}, "nbformat": 4, "nbformat_minor": 5}


def make_result(student, assignment="im2col", **points):
    """A graded result; `points` of a question default to full marks."""
    questions = {
        name: {"points": points.get(name, most), "max_points": most} for name, most in QUESTIONS[assignment].items()
    }
    checks = [
        {
            "name": f"test_{name}", "question": name, "public": True, "weight": 1, "seconds": 0.01,
            "outcome": "passed" if entry["points"] == entry["max_points"] else "failed",
            "message": "" if entry["points"] == entry["max_points"] else "Row 3 is 2.0, expected 1.0.",
            "title": f"{name} is right.", "tried": f"{name}(2, 3)", "hint": "Count again.", "diagnosis": "",
        }
        for name, entry in questions.items()
    ]  # fmt: skip
    return {
        "schema": 1, "student": student, "assignment": assignment, "status": "graded", "problem": "",
        "points": sum(entry["points"] for entry in questions.values()),
        "max_points": sum(QUESTIONS[assignment].values()), "questions": questions, "checks": checks,
        "cells": [], "notes": [], "device": "cpu", "data": "bundled", "sandbox": "bubblewrap", "seconds": 1.5,
        "cpu_seconds": 1.2, "seed": 2026, "submission": {"file": f"{assignment}.ipynb", "sha256": "ab" * 32},
        "environment": {"python": "3.11", "torch": "2", "numpy": "2", "autograder": "0.1", "platform": "Linux"},
        "key": "k" * 8,
    }  # fmt: skip


@pytest.fixture
def result():
    return make_result


@pytest.fixture
def notebook():
    return student_notebook


@pytest.fixture
def course(tmp_path):
    """A course in `tmp_path/course` whose released notebooks exist."""
    root = tmp_path / "course"
    assignments = {}
    for name, points in QUESTIONS.items():
        questions = {key: Question(name=key, points=value) for key, value in points.items()}
        assignments[name] = Assignment(
            name=name, title=name.title(), points=sum(points.values()), questions=questions, thresholds={},
            limits=Limits(), folder=root / "solutions" / name, released=root / "assignments" / name,
        )  # fmt: skip
        assignments[name].released.mkdir(parents=True)
        Path(assignments[name].released, f"{name}.ipynb").write_text(json.dumps(student_notebook(name)))
    return Course(
        root=root, title="A course", seed=1, device="cpu", sandbox="none", data="bundled", assignments=assignments
    )
