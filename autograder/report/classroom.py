"""The instructor's page: the class at a glance, with a link to every student's feedback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.course import Course
from autograder.records.results import safe_folder, write_text
from autograder.report.feedback import templates


def write_class_report(path: Path, results: Sequence[dict[str, Any]], course: Course, notes: Sequence[str]) -> None:
    """Write one self-contained page: a row per student, a column per assignment, and how each question went."""
    names = [name for name in course.assignments if any(result["assignment"] == name for result in results)]
    by_student: dict[str, dict[str, dict[str, Any]]] = {}
    for result in results:
        by_student.setdefault(result["student"], {})[result["assignment"]] = {**result, "link": _link(result)}
    page = templates().get_template("classroom.html.j2")
    write_text(
        path,
        page.render(
            title=course.title,
            names=names,
            titles={name: course.assignments[name].title for name in names},
            students=dict(sorted(by_student.items())),
            questions=[(name, _questions(name, results)) for name in names],
            notes=notes,
        ),
    )


def _link(result: dict[str, Any]) -> str:
    name = safe_folder(result["assignment"])
    return quote(f"feedback/{safe_folder(result['student'])}/{name}/{name}.html")


def _questions(name: str, results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per question of an assignment: the mean share of its points over the graded submissions."""
    mine = [result for result in results if result["assignment"] == name and result["status"] == "graded"]
    rows = []
    for question in mine[0]["questions"] if mine else ():
        points = [result["questions"][question]["points"] for result in mine]
        full = mine[0]["questions"][question]["max_points"]
        mean = sum(points) / len(points)
        rows.append({"name": question, "mean": mean, "max": full, "percent": 100 * mean / full})
    return rows
