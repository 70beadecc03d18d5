"""Grading a class: find what was handed in, grade what changed, write every record, show the table."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.course import Course
from autograder.errors import KitError
from autograder.grading.job import Conditions, Job, keyed
from autograder.grading.pool import default_workers, grade_all
from autograder.grading.result import without_grade
from autograder.records import read_result, safe_folder, write_gradebook, write_grades_csv, write_json
from autograder.records.scored_notebook import write_scored_notebook
from autograder.report.classroom import write_class_report
from autograder.report.feedback import write_feedback
from autograder.report.terminal import grades_table
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

    def folder(self, student: str, assignment: str) -> Path:
        """Where one submission's result and scored notebook are."""
        return self.out / "autograded" / safe_folder(student) / assignment

    def finish(self, job: Job, result: Result, *, write: bool = True) -> None:
        """Book a result; what was reused is on disk already."""
        self.results[job.assignment, job.student] = result
        if not write:
            self.reused += 1
            return
        assignment = self.course.assignments[job.assignment]
        folder = self.folder(job.student, job.assignment)
        write_scored_notebook(Path(job.path), result, folder / f"{job.assignment}.ipynb", assignment)
        write_feedback(self.out / "feedback", result, assignment.title, self.course.title)
        write_json(folder / "results.json", result)  # last: its presence says that the rest is there

    def ordered(self) -> list[Result]:
        """All results, by assignment as in grading.yml, then student."""
        names = list(self.course.assignments)
        return [self.results[key] for key in sorted(self.results, key=lambda key: (names.index(key[0]), key[1]))]


def grade_class(
    course: Course,
    submitted: Path,
    out: Path,
    conditions: Conditions,
    only: Collection[str],
    workers: int,
    console: Console,
) -> bool:
    """Grade everything under `submitted` into `out`; True when all of it could be graded.

    What was graded before under the same conditions is not graded again. Raises KitError when nothing can be found or
    written; KeyboardInterrupt passes through, and what was finished stays.
    """
    _try_writing(out)
    run = Records(course, out, conditions)
    with tempfile.TemporaryDirectory(prefix="autograder-") as workdir:
        found = find_submissions(submitted, course, only, Path(workdir))
        jobs = _sort_out(found, run)
        _grade(jobs, run, workers or default_workers(conditions.device), console)
    results = run.ordered()
    write_grades_csv(out / "grades.csv", results, course)
    write_gradebook(f"sqlite:///{(out / 'gradebook.db').resolve()}", results, course)
    write_class_report(out / "index.html", results, course, run.notes)
    _show(results, run, console)
    return not run.notes and all(result["status"] == "graded" for result in results)


def _try_writing(out: Path) -> None:
    """Fail before the work and not after it."""
    write_json(out / ".autograder-writes", {})
    (out / ".autograder-writes").unlink()


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
    todo = []
    for job in keyed(fine, {job.assignment: assignments[job.assignment] for job in fine}, run.conditions):
        before = read_result(run.folder(job.student, job.assignment) / "results.json")
        if before is not None and before.get("key") == job.key and before.get("status") in ("graded", "unreadable"):
            run.finish(job, before, write=False)
        else:
            todo.append(job)
    return todo


def _grade(jobs: list[Job], run: Records, workers: int, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
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
    broken = [result for result in results if result["status"] == "error"]
    for result in broken:
        text = result.get("defects", [result["problem"]])[0]
        console.print(f"Our error, {result['student']} · {result['assignment']}: {text}", style="magenta", markup=False)
    again = f" ({run.reused} unchanged, not graded again)" if run.reused else ""
    wall = "" if run.conditions.sandbox != "none" else "  No wall: graded with --sandbox none."
    console.print(f"{len(results)} submissions{again} · {run.conditions.device} · {run.conditions.data}.{wall}")
    console.print(f"Written to {run.out.resolve()}: grades.csv, gradebook.db, index.html, feedback/, autograded/", soft_wrap=True)
