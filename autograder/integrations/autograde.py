"""`nbgrader autograde` with this kit's grading: nothing of a submission runs outside the wall.

nbgrader keeps its part: which submissions, time stamps, files, scores into its gradebook, penalties. Taken out of its
hands are reading what was handed in (any file the kit accepts) and running it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute

from autograder.classroom import results_in
from autograder.course import Course, load_course
from autograder.errors import KitError
from autograder.grading.job import Conditions, Job, keyed
from autograder.grading.pool import default_workers, grade_all
from autograder.grading.result import without_grade
from autograder.options import conditions_for
from autograder.records import read_kit_notebook, ungraded_questions, write_gradebook, write_json
from autograder.records.handed_in import handed_in_at
from autograder.records.scored_notebook import cells_to_show, put_outputs, put_scores, restored_notebook
from autograder.report.classroom import write_class_report
from autograder.submission.find import find_submissions
from autograder.submission.model import Found
from autograder.text import plain

Result = dict[str, Any]


@dataclass(frozen=True)
class Graded:
    """One submission: the notebook as it was handed in with the released cells restored, its result and outputs."""

    notebook: dict[str, Any]
    result: Result
    outputs: dict[str, list[dict[str, Any]]]


def _node(notebook: dict[str, Any]) -> Any:
    """A notebook of plain values as nbformat has it; a copy, for preprocessors change it."""
    return nbformat.from_dict(json.loads(json.dumps(notebook)))  # type: ignore[no-untyped-call]


class SubmissionExporter(NotebookExporter):
    """Reads what was handed in, whatever its name and state, and writes notebooks."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        """The submission for a path below nbgrader's submitted folder; other paths as nbconvert reads them."""
        converter = self.parent
        if isinstance(converter, CourseAutograde) and converter.is_submitted(filename):
            names = resources["nbgrader"]
            notebook = converter.graded(names["assignment"], names["student"]).notebook
            return self.from_notebook_node(_node(notebook), resources, **kw)  # type: ignore[no-untyped-call]
        return super().from_filename(filename, resources, **kw)


class GradeBehindTheWall(Execute):  # type: ignore[misc]
    """Stands in Execute's place: each grade cell gets its points and its checks, other cells what they show."""

    def __call__(self, nb: Any, resources: Any) -> Any:
        """Never left out: without it nbgrader gives full points. `--no-execute` keeps the outputs handed in."""
        return self.preprocess(nb, resources)

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> Any:
        """Fill in what the grading behind the wall has found; nothing runs here."""
        names = resources["nbgrader"]
        converter = self.parent.parent
        graded = converter.graded(names["assignment"], names["student"])
        notebook = json.loads(json.dumps(nb))
        if self.enabled:
            put_outputs(notebook, graded.outputs)
        put_scores(notebook, graded.result, read_kit_notebook(converter.course.assignment(names["assignment"])))
        return _node(notebook), resources


class CourseAutograde(Autograde):  # type: ignore[misc]
    """nbgrader's converter on what this kit has graded, several submissions at once, each converted when it ends."""

    def start(self) -> None:
        """Grade and convert; what keeps the kit from grading at all ends nbgrader's way, in words."""
        self._done: dict[tuple[str, str], Graded] = {}
        self.coursedir.get_existing_timestamp = self._timestamp  # nbgrader's own breaks on what is no time
        try:
            self.course: Course = load_course(Path(self.coursedir.root))
            self.conditions: Conditions = conditions_for(self.course)
            with tempfile.TemporaryDirectory(prefix="autograder-") as workdir:
                self._workdir = Path(workdir)
                super().start()
        except KitError as error:
            self.log.error(str(error))
            raise NbGraderException(str(error)) from error

    def init_notebooks(self) -> None:
        """Every folder with something in it counts; its notebook goes by the assignment's name, whatever its own."""
        course = load_course(Path(self.coursedir.root))
        name = self.coursedir.assignment_id
        self.assignments = {}
        self.notebooks: list[str] = []
        if name not in course.assignments:
            course.assignment(name)  # says which there are
        for folder in sorted(Path(self.coursedir.root).glob(self._pattern(name))):
            if folder.is_dir() and any(path.name != "timestamp.txt" for path in folder.iterdir()):
                self.assignments[str(folder)] = [str(folder / f"{name}.ipynb")]
        if not self.assignments:
            where = self._format_source(name, self.coursedir.student_id)
            message = f"Nothing was handed in for {name}: there is no folder {where} with a file in it."
            self.log.error(message)
            raise NbGraderException(message)

    def _pattern(self, name: str) -> str:
        path: str = self._format_source(name, self.coursedir.student_id)
        return os.path.relpath(path, self.coursedir.root)

    def is_submitted(self, filename: str) -> bool:
        """Whether a path is that of a submission, not of its autograded copy."""
        return bool(self._sanitizing) and any(filename in paths for paths in self.assignments.values())

    def graded(self, assignment: str, student: str) -> Graded:
        """The graded submission; graded now when it was not yet."""
        key = assignment, student
        if key not in self._done:
            for _ in self._grade([key]):
                pass
        return self._done[key]

    def convert_notebooks(self) -> None:
        """As nbgrader does, one submission after the other, in the order in which their grading ends."""
        folders = dict(self.assignments)
        names = {self._names(folder): folder for folder in folders}
        pending = [key for key in names if self._is_pending(*key)]
        failed = [not self._convert({names[key]: folders[names[key]]}) for key in names if key not in pending]
        for key in self._grade(pending):
            failed.append(not self._record(key, {names[key]: folders[names[key]]}))
            del self._done[key]
        root = Path(self.coursedir.root)
        write_class_report(root / "index.html", results_in(root, self.course), self.course, [])
        if any(failed):
            raise NbGraderException("Not everything could be graded; the lines above say what.")

    def _convert(self, assignments: dict[str, list[str]]) -> bool:
        self.assignments = assignments
        try:
            super().convert_notebooks()
        except NbGraderException:
            return False
        return True

    def _record(self, key: tuple[str, str], assignments: dict[str, list[str]]) -> bool:
        """Bring one graded submission into the gradebook and the autograded folder."""
        assignment, student = key
        result = self._done[key].result
        for words in (result["problem"], *result["notes"]):
            if words:
                self.log.warning("%s, %s: %s", plain(student, 1), assignment, plain(words, 3))
        db_url, course_id = self.coursedir.db_url, self.coursedir.course_id
        # First, so that nbgrader finds every row it looks for, also when another run adds the same student just now.
        write_gradebook(db_url, [result], self.course, course_id=course_id)
        if not self._convert(assignments):
            return False
        if ungraded_questions(result):  # nbgrader has no way to leave a code cell to a person
            write_gradebook(db_url, [result], self.course, course_id=course_id)
        write_json(Path(self._format_dest(assignment, student)) / "results.json", result)
        return True

    def _names(self, folder: str) -> tuple[str, str]:
        """(assignment, student) of a submission's folder."""
        found = self.init_single_notebook_resources(self.assignments[folder][0])["nbgrader"]
        return found["assignment"], found["student"]

    def _is_pending(self, assignment: str, student: str) -> bool:
        """Whether nbgrader will convert a submission, by its own rules, asked before the work of grading it."""
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        source, done = (Path(place(assignment, student)) for place in (self._format_source, self._format_dest))
        before, now = self._timestamp(str(done)), self._timestamp(str(source))
        return self.force or not done.exists() or bool(before and now and now > before)

    def _timestamp(self, folder: str) -> Any:
        stamp = handed_in_at(Path(folder))
        if stamp is None and (Path(folder) / "timestamp.txt").is_file():
            self.log.warning("%s: timestamp.txt holds no time and is not used.", folder)
        return stamp

    # grading -------------------------------------------------------------------------------------------------------

    def _grade(self, keys: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Grade submissions, several at once; yields each when it is in `_done`."""
        jobs = []
        for assignment, student in keys:
            found = self._find(assignment, student)
            lesson = self.course.assignment(assignment)
            notebook = restored_notebook(found.path, lesson)
            if found.problem:
                job = Job(student, assignment, str(found.path))
                self._done[assignment, student] = Graded(
                    notebook, without_grade(job, lesson, self.conditions, found.problem), {}
                )
                yield assignment, student
            else:
                jobs.append(Job(student, assignment, str(found.path), shown=cells_to_show(notebook)))
        lessons = {job.assignment: self.course.assignment(job.assignment) for job in jobs}
        workers = default_workers(self.conditions.device)
        for job, outcome in grade_all(keyed(jobs, lessons, self.conditions), self.conditions, workers):
            lesson = lessons[job.assignment]
            if isinstance(outcome, KitError):
                outcome = without_grade(job, lesson, self.conditions, str(outcome), "error")
            outputs = outcome.pop("shown", {})
            notebook = restored_notebook(Path(job.path), lesson)
            self._done[job.assignment, job.student] = Graded(notebook, outcome, outputs)
            yield job.assignment, job.student

    def _find(self, assignment: str, student: str) -> Found:
        """What a student handed in for an assignment, as `autograder grade` would find it."""
        folder = Path(self._format_source(assignment, student))
        try:
            found = find_submissions(folder.parent, self.course, [assignment], self._workdir)
        except KitError as error:
            return Found(student, assignment, folder, str(error))
        mine = [one for one in found if one.assignment == assignment]
        return mine[0] if mine else Found(student, assignment, folder, f"{assignment}: there is no notebook in it.")
