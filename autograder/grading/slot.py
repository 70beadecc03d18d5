"""A grading slot: one trusted process with one wall, in which submissions are graded one after the other."""

from __future__ import annotations

import gc
import importlib
import shutil
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from autograder import data as datasets
from autograder.course import Assignment, Course, load_course
from autograder.errors import KitError, SubmissionError
from autograder.grading.context import PASSED, TIMEOUT, Check, Context
from autograder.grading.diagnosis import Diagnosis
from autograder.grading.job import Conditions, Job
from autograder.grading.reference import make_importable
from autograder.grading.result import head_of, without_grade
from autograder.grading.run import ChecksBroken, run_checks
from autograder.grading.shown import Outputs, ShownCell, shown_outputs
from autograder.notebook import Cell, defined_in, read_source
from autograder.sandbox.session import Given, Session
from autograder.sandbox.transports import Plain, Transport, Walled
from autograder.sandbox.wall import Wall
from autograder.submission import Submission, read_submission
from autograder.text import plain
from autograder.worker.service import probes_of


@dataclass(frozen=True)
class _Lesson:
    """What the slot keeps of an assignment between submissions."""

    assignment: Assignment
    cells: list[Cell]
    places: dict[str, str]
    question_of: dict[str, str]
    probes: str
    diagnosis: Diagnosis


class Slot:
    """Holds the wall and what is read once; `grade` examines one submission."""

    def __init__(self, conditions: Conditions, scratch: Path | None = None) -> None:
        """Nothing is started before the first submission. `scratch` is a folder the slots of a run share, if any."""
        self.conditions = conditions
        self.course: Course = load_course(Path(conditions.root))
        self.starts = 0
        self._wall: Wall | None = None
        self._train_folder = scratch
        self._own_folder: Path | None = None
        self._lessons: dict[str, _Lesson] = {}
        make_importable({name: assignment.source for name, assignment in self.course.assignments.items()})

    def grade(self, job: Job) -> dict[str, Any]:
        """The result of one submission, as in results.json. Raises KitError when the grader itself cannot work."""
        assignment = self.course.assignment(job.assignment)
        try:
            return self._grade(job)
        except SubmissionError as error:
            return without_grade(job, assignment, self.conditions, str(error))
        except ChecksBroken as error:
            return self._flagged(without_grade(job, assignment, self.conditions, ""), [str(error), *error.defects])
        except KitError:
            raise
        except Exception:  # a mistake of the grader's own must not cost the rest of the class their grades
            return self._flagged(without_grade(job, assignment, self.conditions, ""), [traceback.format_exc()])

    def _grade(self, job: Job) -> dict[str, Any]:
        started, cpu = time.perf_counter(), time.process_time()
        lesson = self._lesson(job.assignment)
        submission = read_submission(Path(job.path), lesson.assignment, lesson.cells, student=job.student)
        session = self._session(submission, lesson, {})
        try:
            context = self._context(session, submission, lesson)
            session.start()
            defects = run_checks(_check_files(lesson.assignment.folder), context)
        finally:
            session.close()
        result = self._result(job, lesson.assignment, context, submission)
        result["seconds"] = round(time.perf_counter() - started, 4)
        result["grader_cpu_seconds"] = round(time.process_time() - cpu, 4)
        if job.shown:
            hung = any(check["outcome"] == TIMEOUT for check in result["checks"])
            result["shown"] = self._shown(job, submission, lesson, hung)
        return self._flagged(result, defects) if defects else result

    @staticmethod
    def _flagged(result: dict[str, Any], defects: Sequence[str]) -> dict[str, Any]:
        """A result that is not final, because something of ours broke; what it was is for the instructor only."""
        problem = "Something in the grading broke; the submission is not to blame."
        return {**result, "status": "error", "problem": problem, "defects": [plain(text, 60) for text in defects]}

    @property
    def warm_pid(self) -> int:
        """The warm process's number, 0 before the first submission and without a wall."""
        return self._wall.warm_pid if self._wall is not None else 0

    def close(self) -> None:
        """End the wall."""
        if self._wall is not None:
            self._wall.close()
            self._wall = None
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._train_folder = self._own_folder = None

    def _lesson(self, name: str) -> _Lesson:
        if name not in self._lessons:
            assignment = self.course.assignment(name)
            cells = read_source(assignment.source)
            defined = defined_in(cells)
            questions = _questions_of(cells)
            probes = probes_of(assignment.folder)
            self._lessons[name] = _Lesson(
                assignment,
                cells,
                {key: cell.heading for key, cell in defined.items()},
                {key: questions[cell.id] for key, cell in defined.items() if cell.id in questions},
                probes,
                Diagnosis(assignment.source, probes, self._train_data),
            )
        return self._lessons[name]

    def _data(self) -> datasets.ImageData:
        return _loaded(self.conditions.data)

    def _train_data(self, name: str) -> torch.Tensor:
        loaded = self._data()
        return {"train_images": loaded.train_images, "train_labels": loaded.train_labels}[name].clone()

    def _context(self, session: Session, submission: Submission, lesson: _Lesson) -> Context:
        asked = self.conditions
        context = Context(
            assignment=lesson.assignment.name,
            session=session,
            seed=asked.seed,
            device=asked.device,
            data=asked.data,
            thresholds=lesson.assignment.threshold(asked.data),
            load_data=self._data,
            trainings=asked.trainings,
            training_seconds=lesson.assignment.limits.training_seconds,
            with_given=lambda names: self._given_session(submission, lesson, names),
        )
        context.lost = lambda names: _lost(context.checks.values(), {lesson.question_of.get(name) for name in names})
        context.diagnose = lambda check, question, trace, rerun: lesson.diagnosis.names(
            check, question, asked.seed, trace, rerun
        )
        return context

    def _given_session(self, submission: Submission, lesson: _Lesson, names: tuple[str, ...]) -> Session:
        reference = importlib.import_module(lesson.assignment.name)
        session = self._session(submission, lesson, {name: getattr(reference, name) for name in names})
        session.start()
        return session

    def _shown(self, job: Job, submission: Submission, lesson: _Lesson, hung: bool) -> dict[str, Outputs]:
        """The outputs of the submission's cells, demos among them, in a worker of their own.

        Demos may train; where a check was stopped, they will likely hang too, and are not waited for that long.
        """
        session = self._session(replace(submission, cells=()), lesson, {})
        session.check_seconds = max(session.check_seconds, 0.0 if hung else lesson.assignment.limits.training_seconds)
        try:
            session.start()
            return shown_outputs(session, [ShownCell(*cell) for cell in job.shown])
        finally:
            session.close()

    def _session(self, submission: Submission, lesson: _Lesson, given: Given) -> Session:
        limits = lesson.assignment.limits
        return Session(
            transport=self._transport(lesson.assignment, submission),
            cells=submission.cells,
            check_seconds=limits.check_seconds,
            cpu_seconds=limits.cpu_seconds,
            probes=lesson.probes,
            places=lesson.places,
            given=given,
        )

    def _transport(self, assignment: Assignment, submission: Submission) -> Transport:
        asked = self.conditions
        settings = {
            **assignment.limits.model_dump(),
            "data": asked.data,
            "threads": asked.threads,
            "module": "__main__" if submission.path.suffix.lower() == ".ipynb" else "submission",
        }
        if asked.sandbox == "none":
            return Plain(settings)
        if self._wall is None or not self._wall.alive:
            gc.collect()
            gc.freeze()  # torch's hundred thousand objects are not searched for garbage at every submission
            self._wall = Wall(threads=asked.threads, device=asked.device, train_folder=self._shown_data())
            self.starts += 1
        return Walled(self._wall, {**settings, "data_folder": "/data"})

    def _shown_data(self) -> Path:
        """A folder with the training data alone, for the wall to show."""
        if self._train_folder is None:
            self._train_folder = self._own_folder = Path(tempfile.mkdtemp(prefix="autograder-train-"))
        return datasets.train_archive(self.conditions.data, self._train_folder)

    def _result(self, job: Job, assignment: Assignment, context: Context, submission: Submission) -> dict[str, Any]:
        checks = list(context.checks.values())
        session = context.session
        notes = list(submission.notes)
        if session.printed > assignment.limits.printed:
            kept, said = assignment.limits.printed, session.printed
            notes.append(f"The code printed {said:,} characters; what came after the first {kept:,} was dropped.")
        result = head_of(job, assignment, self.conditions)
        result |= {
            "questions": {
                name: {"points": _earned(checks, name, question.points), "max_points": question.points}
                for name, question in assignment.questions.items()
            },
            "checks": [check.record() for check in checks],
            "cells": [state.record() for state in session.outcomes.values()],
            "notes": notes,
            "cpu_seconds": round(session.compute_seconds, 3),
            "student_seconds": round(session.student_seconds, 4),
            "submission": {"file": Path(job.path).name, "sha256": submission.sha256},
        }
        result["points"] = round(sum(question["points"] for question in result["questions"].values()), 2)
        return result


@lru_cache(maxsize=2)
def _loaded(profile: str) -> datasets.ImageData:
    return datasets.load(profile)


def _check_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "test_public.py", folder / "test_hidden.py") if path.exists()]


def _questions_of(cells: Sequence[Cell]) -> dict[str, str]:
    """Answer cell id → the question it answers: that of the next check cell."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for cell in cells:
        if cell.kind == "answer":
            waiting.append(cell.id)
        elif cell.kind == "check":
            found |= dict.fromkeys(waiting, cell.name)
            waiting = []
    return found


def _lost(checks: Any, questions: set[str | None]) -> bool:
    return any(check.question in questions and check.outcome != PASSED for check in checks)


def _earned(checks: Sequence[Check], question: str, points: float) -> float:
    """`points × passed weight / total weight`, to the hundredth."""
    mine = [check for check in checks if check.question == question]
    total = sum(check.weight for check in mine)
    passed = sum(check.weight for check in mine if check.outcome == PASSED)
    return round(points * passed / total, 2) if total else 0.0
