"""Grading a class: find what was handed in, grade what changed, write every record, show the table."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder.course import Course
from autograder.errors import KitError
from autograder.grading.job import Conditions, Job, keyed
from autograder.grading.pool import default_workers, grade_all
from autograder.grading.result import without_grade
from autograder.records import read_result, safe_folder, write_gradebook, write_grades_csv, write_json, write_text
from autograder.records.database import gradebook_url
from autograder.records.gradebook import try_gradebook
from autograder.records.handed_in import assign_penalties, handed_in_at
from autograder.records.results import try_writing
from autograder.records.scored_notebook import write_scored_notebook
from autograder.report.classroom import write_class_report
from autograder.report.feedback import write_feedback
from autograder.report.terminal import grades_table, progress_bar
from autograder.submission.find import find_submissions
from autograder.submission.model import Found
from autograder.text import plain

Result = dict[str, Any]


@dataclass
class Records:
    """Where the records of one `grade` go, and what has come of its submissions."""

    course: Course
    out: Path
    conditions: Conditions
    results: dict[tuple[str, str], Result] = field(default_factory=dict)
    reused: int = 0
    notes: list[str] = field(default_factory=list)
    handed_in: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def folder(self, student: str, assignment: str) -> Path:
        """Where one submission's result and scored notebook are."""
        return self.out / "autograded" / safe_folder(student) / assignment

    def book(self, job: Job, result: Result) -> None:
        """Keep a result, and when its work was handed in if its folder says so."""
        self.results[job.assignment, job.student] = result
        folder = Path(job.path).parent
        stamp = handed_in_at(folder) if folder.name == job.assignment else None
        if stamp is not None:
            self.handed_in[job.assignment, job.student] = stamp
            # By it nbgrader knows a later submission from this one.
            write_text(self.folder(job.student, job.assignment) / "timestamp.txt", f"{stamp} UTC")

    def finish(self, job: Job, result: Result) -> None:
        """Book a result and write its records."""
        self.book(job, result)
        assignment = self.course.assignments[job.assignment]
        folder = self.folder(job.student, job.assignment)
        write_scored_notebook(Path(job.path), result, folder / f"{job.assignment}.ipynb", assignment)
        write_feedback(self.out / "feedback", result, assignment.title, self.course.title)
        write_json(folder / "results.json", result)  # last: its presence says that the rest is there

    def reuse(self, job: Job) -> bool:
        """Book the result of an earlier run instead, if it was graded under the same conditions."""
        before = read_result(self.folder(job.student, job.assignment) / "results.json")
        if before is None or before["key"] != job.key or before.get("status") == "error":
            return False
        self.reused += 1
        page = self.out / "feedback" / safe_folder(job.student) / job.assignment / f"{job.assignment}.html"
        notebook = self.folder(job.student, job.assignment) / f"{job.assignment}.ipynb"
        if page.is_file() and notebook.is_file():
            self.book(job, before)
        else:
            self.finish(job, before)
        return True

    def earlier(self) -> list[Result]:
        """What earlier runs left in the same folder and this one did not touch: other assignments, say."""
        mine = {self.folder(student, assignment) for assignment, student in self.results}
        return results_in(self.out, self.course, mine)

    def ordered(self) -> list[Result]:
        """This run's results, by assignment as in grading.yml, then student."""
        names = list(self.course.assignments)
        return [self.results[key] for key in sorted(self.results, key=lambda key: (names.index(key[0]), key[1]))]


def results_in(out: Path, course: Course, without: Collection[Path] = ()) -> list[Result]:
    """Every result of the course's assignments under `out`, except those in the folders `without`."""
    paths = sorted((out / "autograded").glob("*/*/results.json"))
    found = [read_result(path) for path in paths if path.parent not in without]
    return [result for result in found if result and result["assignment"] in course.assignments]


def grade_class(
    course: Course,
    submitted: Path,
    out: Path,
    conditions: Conditions,
    only: Collection[str],
    workers: int,
    console: Console,
    db: str | None = None,
) -> bool:
    """Grade everything under `submitted` into `out`; True when all of it could be graded.

    `db` is the URL of the gradebook; by default the course's own, or gradebook.db in `out`.

    What was graded before under the same conditions is not graded again. Raises KitError when nothing can be found or
    written; KeyboardInterrupt passes through, and what was finished stays.
    """
    try_writing(out)
    db_url = gradebook_url(course, out, db)
    if not db_url.startswith("sqlite:"):
        try_gradebook(db_url, course.id)
    run = Records(course, out, conditions)
    with tempfile.TemporaryDirectory(prefix="autograder-") as workdir:
        found = find_submissions(submitted, course, only, Path(workdir))
        jobs = _sort_out(found, run)
        _grade(jobs, run, workers or default_workers(conditions.device), console)
    results = run.ordered()
    # One assignment graded again must not take the others out of the lists.
    everything = [*run.earlier(), *results]
    write_grades_csv(out / "grades.csv", everything, course)
    write_class_report(out / "index.html", everything, course, run.notes)
    write_gradebook(db_url, results, course, course_id=course.id, handed_in=run.handed_in)
    if run.handed_in:
        assign_penalties(course.root, db_url, list(run.handed_in))
    _show(results, run, console)
    return not run.notes and all(result["status"] == "graded" for result in results)


def _sort_out(found: Collection[Found], run: Records) -> list[Job]:
    """Jobs for what must be graded; results at once for what cannot be, or was graded before."""
    assignments = run.course.assignments
    fine = [Job(item.student, item.assignment, str(item.path)) for item in found if not item.problem]
    for item in found:
        if item.problem and item.student and item.assignment in assignments:
            job = Job(item.student, item.assignment, str(item.path))
            run.finish(job, without_grade(job, assignments[item.assignment], run.conditions, item.problem))
        elif item.problem:
            run.notes.append(plain(item.problem, 3))
    jobs = keyed(fine, {job.assignment: assignments[job.assignment] for job in fine}, run.conditions)
    return [job for job in jobs if not run.reuse(job)]


def _grade(jobs: list[Job], run: Records, workers: int, console: Console) -> None:
    if not jobs:
        return
    with progress_bar(console) as progress:
        bar = progress.add_task("Grading", total=len(jobs))
        for job, outcome in grade_all(jobs, run.conditions, workers):
            if isinstance(outcome, KitError):
                result = without_grade(
                    job, run.course.assignments[job.assignment], run.conditions, str(outcome), "error"
                )
            else:
                result = outcome
            run.finish(job, result)
            progress.update(bar, advance=1, description=f"Graded {plain(job.student, 1)} · {job.assignment}")


def _show(results: list[Result], run: Records, console: Console) -> None:
    console.print(grades_table(results, run.course.title))
    for note in run.notes:
        console.print(f"Not graded: {note}", style="red", markup=False, highlight=False)
    for result in results:
        if result["status"] == "unreadable":
            row = f"{plain(result['student'], 1)} · {result['assignment']}"
            words = f"Not graded: {row}: {plain(result['problem'], 3)}"
            console.print(words, style="red", markup=False, highlight=False)
    for text, whose in _defects(results).items():
        others = f" and {len(whose) - 3} more" if whose[3:] else ""
        head = f"Our error, not theirs, in {', '.join(whose[:3])}{others}:"
        console.print(f"{head}\n{text}", style="magenta", markup=False, highlight=False)
    count = f"{len(results)} submission{'' if len(results) == 1 else 's'}"
    again = f" ({run.reused} unchanged, not graded again)" if run.reused else ""
    console.print(f"{count}{again} · {run.conditions.device} · {run.conditions.data}", highlight=False)
    if run.conditions.sandbox == "none":
        words = "Graded WITHOUT A WALL (--sandbox none): nothing kept submissions from cheating."
        console.print(words, style="bold red", highlight=False)
    names = "grades.csv, gradebook.db, index.html, feedback/, autograded/"
    console.print(f"Written to {run.out.resolve()}: {names}", soft_wrap=True, markup=False, highlight=False)


def _defects(results: list[Result]) -> dict[str, list[str]]:
    """What broke of ours → in whose submissions: a broken check is told once and not two hundred times."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result["status"] == "error":
            text = result.get("defects", [result["problem"]])[0]
            found.setdefault(text, []).append(f"{result['student']} · {result['assignment']}")
    return found
