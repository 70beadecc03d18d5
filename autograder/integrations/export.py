"""Grades for other systems, as plugins of `nbgrader export`: a list for spreadsheets, Canvas, and Moodle.

nbgrader export                                                             grades.csv, nbgrader's own columns
nbgrader export --exporter autograder.integrations.export.CanvasExport      canvas.csv
nbgrader export --exporter autograder.integrations.export.MoodleExport      moodle.csv
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Unicode

from autograder.records.grades_csv import safe_cell
from autograder.records.results import write_text
from autograder.records.scores import number


class CourseExport(ExportPlugin):  # type: ignore[misc]
    """What the lists have in common: who and what is in them, and a file that no spreadsheet runs anything of."""

    default_file = "grades.csv"
    titles = Dict(help="Assignment's name → what its column is called.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the list to `--to`, or to its usual name."""
        file = Path(self.to or self.default_file)
        self.log.info("Exporting grades to %s", file)
        wanted, asked = {str(one) for one in self.student}, {str(one) for one in self.assignment}
        students = [one for one in gradebook.students if not wanted or one.id in wanted]
        assignments = [one for one in gradebook.assignments if not asked or one.name in asked]
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        for row in self.rows(sorted(students, key=lambda one: str(one.id)), assignments):
            writer.writerow([cell if isinstance(cell, _Fixed) else safe_cell(cell) for cell in row])
        write_text(file, text.getvalue())

    def rows(self, students: Sequence[Any], assignments: Sequence[Any]) -> Iterable[list[str]]:
        """The lines of the file, its header first."""
        raise NotImplementedError

    def title(self, assignment: Any) -> str:
        """What an assignment's column is called."""
        return str(self.titles.get(assignment.name, assignment.name))

    def score(self, student: Any, assignment: Any) -> str:
        """The points less the penalty for being late; empty when nothing was handed in, or a grade is still missing.

        An empty cell changes nothing in the other system, where a zero would be a grade.
        """
        submission = next((one for one in student.submissions if one.assignment_id == assignment.id), None)
        if submission is None:
            return ""
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        if any(grade.auto_score is None and grade.manual_score is None for grade in grades):
            self.log.warning("%s, %s: a question has no score yet; left empty.", student.id, assignment.name)
            return ""
        return _Fixed(number(max(0.0, round(submission.score - submission.late_submission_penalty, 6))))


class _Fixed(str):
    """A cell of the file's own making, in which nothing is escaped."""


class CanvasExport(CourseExport):
    """Canvas: Grades, Import. Students are matched by `SIS Login ID`, nbgrader's student id, or by `ID` where known."""

    default_file = "canvas.csv"
    section = Unicode("", help="The section's name in Canvas, for courses that have several.").tag(config=True)

    def rows(self, students: Sequence[Any], assignments: Sequence[Any]) -> Iterable[list[str]]:
        """Canvas's five columns and one per assignment; the second line has what each is worth."""
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(self.title, assignments)]
        yield [_Fixed("    Points Possible"), "", "", "", "", *(_Fixed(number(one.max_score)) for one in assignments)]
        for student in students:
            last, first = student.last_name or "", student.first_name or ""
            name = ", ".join(filter(None, (last, first))) or student.id
            scores = [self.score(student, one) for one in assignments]
            yield [name, student.lms_user_id or "", "", student.id, self.section, *scores]


class MoodleExport(CourseExport):
    """Moodle: Grades, Import, CSV file. Map `Email address`, `Username` or `ID number`, whichever Moodle knows."""

    default_file = "moodle.csv"

    def rows(self, students: Sequence[Any], assignments: Sequence[Any]) -> Iterable[list[str]]:
        """Moodle's columns of a user and one per assignment."""
        titles = map(self.title, assignments)
        yield ["First name", "Last name", "Username", "ID number", "Email address", *titles]
        for student in students:
            scores = [self.score(student, one) for one in assignments]
            names = [student.first_name or "", student.last_name or ""]
            yield [*names, student.id, student.lms_user_id or "", student.email or "", *scores]


class CsvExport(CourseExport):
    """nbgrader's own columns, with every cell quoted where it must be, which nbgrader leaves out."""

    columns = ("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
               "late_submission_penalty", "score", "max_score")  # fmt: skip

    def rows(self, students: Sequence[Any], assignments: Sequence[Any]) -> Iterable[list[str]]:
        """One line for each assignment and student; zero where nothing was handed in, as nbgrader has it."""
        yield list(self.columns)
        for assignment in assignments:
            for student in students:
                found = next((one for one in student.submissions if one.assignment_id == assignment.id), None)
                raw, penalty = (found.score, found.late_submission_penalty) if found else (0.0, 0.0)
                about = [assignment.name, assignment.duedate, found.timestamp if found else None, student.id]
                about += [student.last_name, student.first_name, student.email]
                points = (raw, penalty, max(0.0, raw - penalty), assignment.max_score)
                yield ["" if one is None else str(one) for one in about] + [_Fixed(float(one)) for one in points]
