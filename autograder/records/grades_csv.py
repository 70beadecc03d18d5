"""grades.csv: one row per student, one column per assignment total, maximum and question."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.records.results import Result, write_bytes
from autograder.records.scores import number, question_points

if TYPE_CHECKING:
    from autograder.course import Assignment, Course

# What spreadsheets take for the start of a formula; the full-width ones count in Chinese, Japanese and Korean settings.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_grades_csv(path: Path, results: Iterable[Result], course: Course) -> None:
    """Write one row per student, sorted by student: `<name>`, `<name>/max` and `<name>/<question>` for each assignment.

    Assignments a student did not hand in are empty; so is a question the kit could not grade, and its total. The last
    of several results for a student and assignment counts. UTF-8 with a byte-order mark, without which Excel garbles
    Korean names. KitError when the file cannot be written.
    """
    by_student: dict[str, dict[str, Result]] = {}
    for result in results:
        by_student.setdefault(result["student"], {})[result["assignment"]] = result
    header = ["student"]
    for assignment in course.assignments.values():
        header += [assignment.name, f"{assignment.name}/max"]
        header += [f"{assignment.name}/{question}" for question in assignment.questions]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe_cell(cell) for cell in header])
    for student in sorted(by_student):
        row = [student]
        for name, assignment in course.assignments.items():
            row += _cells(by_student[student].get(name), assignment)
        writer.writerow([safe_cell(cell) for cell in row])
    write_bytes(path, text.getvalue().encode("utf-8-sig", "replace"))


def _cells(result: Result | None, assignment: Assignment) -> list[str]:
    if result is None:
        return [""] * (2 + len(assignment.questions))
    points = [question_points(result, question) for question in assignment.questions]
    # A total with a hole in it would pass for a grade.
    total = "" if None in points else number(result["points"])
    return [total, number(result["max_points"]), *("" if value is None else number(value) for value in points)]


def safe_cell(cell: str) -> str:
    """Return `cell` with a leading apostrophe where a spreadsheet would run it as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
