"""Many submissions at once: each graded exactly once, and a slot's death costs nobody else anything."""

import os
import tempfile
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from autograder.errors import KitError, SandboxError
from autograder.grading import pool
from autograder.grading.job import Conditions, Job
from autograder.grading.pool import DIED, default_workers, grade_all

JOBS = [Job(student, "toy", f"{student}.ipynb") for student in ("ann", "bob", "cho", "dan", "eve", "fay")]


class Executor:
    """Stands in for the pool of processes: calls are made at once, a planted death breaks it for good."""

    def __init__(self, workers, endings, log):
        self._processes = {}
        self.workers, self.endings, self.log = workers, endings, log
        self.open = 0
        self.broken = False

    def submit(self, function, job):
        if self.broken:
            raise BrokenProcessPool
        self.log.append((job.student, self.workers))
        future = Future()
        ending = self.endings.get(job.student, [])
        end = ending.pop(0) if ending else {"student": job.student}
        if isinstance(end, BrokenProcessPool):
            self.broken = True
        if isinstance(end, dict):
            future.set_result(end)
        else:
            future.set_exception(end)
        return future

    def shutdown(self, wait, cancel_futures):
        self.log.append(("shutdown", self.workers))


@pytest.fixture
def graded(monkeypatch):
    """Grade JOBS with planted endings; gives what came out, and what was submitted in which order."""

    def graded(endings, workers=2):
        log = []
        made = lambda conditions, count, scratch: Executor(count, endings, log)  # noqa: E731
        monkeypatch.setattr(pool, "_executor", made)
        found = list(grade_all(JOBS, Conditions("/nowhere"), workers))
        return {job.student: outcome for job, outcome in found}, [job.student for job, _ in found], log

    return graded


def test_each_is_graded_once(graded):
    outcomes, order, log = graded({})
    assert sorted(order) == sorted(outcomes) == [job.student for job in JOBS]
    assert sorted(student for student, _ in log) == sorted([*order, "shutdown"])


def test_an_error_that_stops_one_passes_through_as_its_outcome(graded):
    outcomes, order, _ = graded({"bob": [SandboxError("no wall")]})
    assert str(outcomes["bob"]) == "no wall"
    assert len(order) == 6
    assert all(isinstance(outcomes[student], dict) for student in outcomes if student != "bob")


def test_what_was_under_way_at_a_death_is_tried_again_alone(graded):
    outcomes, order, log = graded({"bob": [BrokenProcessPool()]})
    assert sorted(order) == [job.student for job in JOBS]
    assert all(isinstance(outcome, dict) for outcome in outcomes.values())
    assert ("bob", 2) in log
    assert ("bob", 1) in log


def test_what_had_not_begun_at_a_death_is_not_held_against_it(graded):
    _, _, log = graded({"ann": [BrokenProcessPool()]})
    alone = {student for student, workers in log if workers == 1}
    assert alone <= {"ann", "bob", "shutdown"}


def test_one_that_always_dies_is_the_only_one_without_a_grade(graded):
    outcomes, order, log = graded({"cho": [BrokenProcessPool(), BrokenProcessPool(), BrokenProcessPool()]})
    assert sorted(order) == [job.student for job in JOBS]
    assert str(outcomes["cho"]) == DIED
    assert isinstance(outcomes["cho"], KitError)
    assert [student for student in outcomes if not isinstance(outcomes[student], dict)] == ["cho"]
    assert [student for student, _ in log].count("cho") == 2


def test_every_slot_dying_is_survived(graded):
    outcomes, order, _ = graded({job.student: [BrokenProcessPool(), BrokenProcessPool()] for job in JOBS})
    assert sorted(order) == [job.student for job in JOBS]
    assert {str(outcome) for outcome in outcomes.values()} == {DIED}


def test_an_interrupt_ends_the_slots_and_leaves_nothing_on_disk(monkeypatch, tmp_path):
    log = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(pool, "_executor", lambda conditions, count, scratch: Executor(count, {}, log))
    running = grade_all(JOBS, Conditions("/nowhere"), 2)
    next(running)
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(KeyboardInterrupt):
        running.throw(KeyboardInterrupt)
    assert log[-1] == ("shutdown", 2)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_do_starts_nothing(monkeypatch):
    monkeypatch.setattr(pool, "_executor", None)
    assert list(grade_all([], Conditions("/nowhere"), 2)) == []


def test_one_slot_per_core_and_one_submission_per_gpu():
    assert 1 <= default_workers() <= (os.cpu_count() or 1)
    assert default_workers("cuda") == 1


KILLER = '''
import os, pathlib, signal

@question("counter")
def test_kills(submission):
    """Ends the slot, always or the first time only."""
    once = pathlib.Path(__file__).with_name("killed_once")
    if submission.has("always") or (submission.has("once") and not once.exists()):
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
'''


@pytest.mark.usefixtures("wall")
def test_a_real_slot_killed_in_the_middle_costs_nobody_else_anything(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    toy.add_check(KILLER)
    extra = {"ann": "", "bob": "always = 1", "cho": "once = 1", "dan": ""}
    jobs = [
        Job(student, "toy", str(toy.hand_in(student, double=f"def double(x):\n    return 2 * x\n\n\n{text}")))
        for student, text in extra.items()
    ]
    outcomes = {job.student: outcome for job, outcome in grade_all(jobs, Conditions(str(toy.root), seed=7), 2)}
    assert str(outcomes.pop("bob")) == DIED
    assert {student: result["points"] for student, result in outcomes.items()} == {"ann": 5.0, "cho": 5.0, "dan": 5.0}
    assert {path for path in tmp_path.iterdir() if path.name.startswith("autograder")} <= before
    assert Path(toy.path("killed_once")).exists()
