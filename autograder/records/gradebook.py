"""nbgrader's gradebook, written with nbgrader's own models, so that formgrader and its exporters work afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autograder.errors import KitError
from autograder.records.cells import KitCell, KitNotebook, read_kit_notebook
from autograder.records.database import busy, cannot_write, make_folder, nbgrader_api, open_gradebook
from autograder.records.results import Result
from autograder.records.scores import question_points

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from autograder.course import Course

_ATTEMPTS = 4
"""How often a write is tried when another process is writing the same rows; SQLite waits five seconds each time."""


def write_gradebook(
    db_url: str,
    results: Iterable[Result],
    course: Course,
    *,
    course_id: str = "default_course",
    handed_in: Mapping[tuple[str, str], datetime] | None = None,
) -> None:
    """Write the points of every question into the gradebook at `db_url` (`sqlite:///gradebook.db`, `postgresql://…`).

    One transaction: all results or none. Writing again updates what changed and doubles nothing. What a person entered
    in formgrader stays: manual scores, extra credit, comments, flags, penalties; where the automatic score changed
    below a manual one, the grade is marked for review. Students and assignments already there remain. A question the
    kit could not grade has no automatic score and waits for a person. `handed_in` has the time stamps (UTC) there are,
    by assignment and student; others stay.
    Raises KitError for a database that cannot be opened or written, and when nbgrader is not installed.
    """
    chosen = {(result["assignment"], result["student"]): result for result in results}
    by_assignment: dict[str, list[Result]] = {}
    for (name, _), result in chosen.items():
        if name in course.assignments:
            by_assignment.setdefault(name, []).append(result)
    if not by_assignment:
        return
    notebooks = {name: read_kit_notebook(course.assignments[name]) for name in by_assignment}

    def write(gradebook: Any) -> None:
        writer = _Writer(nbgrader_api(), gradebook.db, course_id, handed_in or {})
        for name, group in by_assignment.items():
            writer.write(name, notebooks[name], group)
        gradebook.db.commit()

    _with_gradebook(db_url, course_id, write)


def try_gradebook(db_url: str, course_id: str = "default_course") -> None:
    """Open the gradebook, made where it is missing: a database out of reach is told before the work. KitError."""
    _with_gradebook(db_url, course_id, lambda gradebook: None)


def _with_gradebook(db_url: str, course_id: str, work: Callable[[Any], None]) -> None:
    api = nbgrader_api()
    from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

    make_folder(db_url)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with open_gradebook(api, db_url, course_id) as gradebook:
                work(gradebook)
            return
        except (SQLAlchemyError, api.InvalidEntry) as error:
            # Another run that adds the same student, table or row at the same moment; the second look finds it there.
            collided = isinstance(error, IntegrityError | api.InvalidEntry) or busy(error)
            if not collided or attempt == _ATTEMPTS:
                cause = error.orig if isinstance(error, DBAPIError) else error
                raise KitError(cannot_write(db_url, cause)) from error


class _Writer:
    """Brings one assignment's rows up to date in an open session; the caller commits."""

    def __init__(self, api: Any, db: Session, course_id: str, handed_in: Mapping[tuple[str, str], datetime]) -> None:
        self.api, self.db, self.course_id, self.handed_in = api, db, course_id, handed_in

    def write(self, name: str, notebook: KitNotebook, results: Sequence[Result]) -> None:
        assignment = self._assignment(name)
        row = self._notebook(name, assignment, notebook)
        self._cells(row, notebook)
        self._students(sorted({result["student"] for result in results}))
        self.db.flush()
        cells = {cell.grade_id: cell.question for cell in notebook.of_kind("grade")}
        graded = {cell.id: cells[cell.name] for cell in row.grade_cells if cell.name in cells}
        answers = [cell.id for cell in row.solution_cells]
        submissions = self._submissions(assignment)
        for result in results:
            submitted = self._submitted(assignment, row, result["student"], submissions)
            self._grades(submitted, graded, result)
            known = {comment.cell_id for comment in submitted.comments}
            self.db.add_all(
                self.api.Comment(cell_id=cell_id, notebook=submitted) for cell_id in answers if cell_id not in known
            )
        self.db.flush()

    def _assignment(self, name: str) -> Any:
        found = self.db.query(self.api.Assignment).filter_by(name=name).one_or_none()
        if found is None:
            found = self.api.Assignment(name=name, course_id=self.course_id)
            self.db.add(found)
        return found

    def _notebook(self, name: str, assignment: Any, notebook: KitNotebook) -> Any:
        found = next((row for row in assignment.notebooks if row.name == name), None)
        if found is None:
            found = self.api.Notebook(name=name, assignment=assignment, kernelspec=json.dumps(notebook.kernelspec))
            self.db.add(found)
        return found

    def _students(self, names: Sequence[str]) -> None:
        known = {name for (name,) in self.db.query(self.api.Student.id)}
        self.db.add_all(self.api.Student(id=name) for name in names if name not in known)

    def _cells(self, row: Any, notebook: KitNotebook) -> None:
        """Bring grade, solution and source cells in line with the released notebook, as nbgrader's SaveCells does."""
        for cell in notebook.of_kind("grade"):
            values = {"max_score": cell.points, "cell_type": cell.cell_type}
            self._cell(row, row.grade_cells, self.api.GradeCell, cell.grade_id, values)
        for cell in notebook.of_kind("solution"):
            self._cell(row, row.solution_cells, self.api.SolutionCell, cell.grade_id, {})
        for cell in notebook.cells:
            self._cell(row, row.source_cells, self.api.SourceCell, cell.grade_id, _source_values(cell))
        self._remove_old_cells(row, notebook)

    def _cell(self, row: Any, existing: Sequence[Any], model: Any, name: str, values: dict[str, Any]) -> None:
        found = next((cell for cell in existing if cell.name == name), None)
        if found is None:
            self.db.add(model(name=name, notebook=row, **values))
            return
        for key, value in values.items():
            if getattr(found, key) != value:
                setattr(found, key, value)

    def _remove_old_cells(self, row: Any, notebook: KitNotebook) -> None:
        """Remove cells a newer release no longer has, except those a person has scored or commented on."""
        wanted = {kind: {cell.grade_id for cell in notebook.of_kind(kind)} for kind in ("grade", "solution")}
        for cell in [cell for cell in row.grade_cells if cell.name not in wanted["grade"]]:
            if not any(grade.manual_score is not None or grade.extra_credit for grade in cell.grades):
                self._remove(cell, cell.grades)
        for cell in [cell for cell in row.solution_cells if cell.name not in wanted["solution"]]:
            if not any(comment.manual_comment for comment in cell.comments):
                self._remove(cell, cell.comments)
        names = {cell.grade_id for cell in notebook.cells}
        for cell in [cell for cell in row.source_cells if cell.name not in names]:
            self._remove(cell, [])
        self.db.flush()
        self.db.expire(row)

    def _remove(self, cell: Any, children: Iterable[Any]) -> None:
        for child in list(children):
            self.db.delete(child)
        self.db.delete(cell)

    def _submissions(self, assignment: Any) -> dict[str, Any]:
        from sqlalchemy.orm import selectinload

        models = self.api
        notebooks = selectinload(models.SubmittedAssignment.notebooks)
        rows = (
            self.db.query(models.SubmittedAssignment)
            .filter_by(assignment_id=assignment.id)
            .options(
                notebooks.selectinload(models.SubmittedNotebook.grades),
                notebooks.selectinload(models.SubmittedNotebook.comments),
            )
        )
        return {row.student_id: row for row in rows}

    def _submitted(self, assignment: Any, row: Any, student: str, submissions: dict[str, Any]) -> Any:
        """Return the student's submitted notebook, made where it is missing."""
        submission = submissions.get(student)
        if submission is None:
            submission = self.api.SubmittedAssignment(assignment_id=assignment.id, student_id=student)
            self.db.add(submission)
        stamp = self.handed_in.get((assignment.name, student))
        if stamp is not None and submission.timestamp != stamp:
            submission.timestamp = stamp
        found = next((notebook for notebook in submission.notebooks if notebook.notebook_id == row.id), None)
        if found is None:
            found = self.api.SubmittedNotebook(notebook_id=row.id, assignment=submission)
            self.db.add(found)
        return found

    def _grades(self, submitted: Any, graded: dict[str, str], result: Result) -> None:
        known = {grade.cell_id: grade for grade in submitted.grades}
        for cell_id, question in graded.items():
            grade = known.get(cell_id)
            if grade is None:
                grade = self.api.Grade(cell_id=cell_id, notebook=submitted)
                self.db.add(grade)
            _score(grade, question_points(result, question))


def _score(grade: Any, points: float | None) -> None:
    """Set the automatic score; a manual one that stands on an older automatic score waits for review."""
    changed = grade.auto_score != points
    if changed:
        grade.auto_score = points
    review = points is None if grade.manual_score is None else (changed or bool(grade.needs_manual_grade))
    if grade.needs_manual_grade != review:
        grade.needs_manual_grade = review


def _source_values(cell: KitCell) -> dict[str, Any]:
    from nbformat import NotebookNode
    from nbgrader.utils import compute_checksum

    new: Any = NotebookNode
    metadata = new(nbgrader=new(cell.metadata()))
    node = new(cell_type=cell.cell_type, source=cell.source, metadata=metadata)
    return {
        "cell_type": cell.cell_type,
        "locked": cell.kind != "solution",
        "source": cell.source,
        "checksum": cell.checksum or compute_checksum(node),
    }
