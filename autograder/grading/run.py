"""Run an assignment's check files against one session and record how each check ended."""

from __future__ import annotations

import contextlib
import io
import os
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.errors import KitError
from autograder.grading import plugin
from autograder.grading.context import ERROR, FAILED, MISSING, PASSED, TIMEOUT, Check, Context
from autograder.grading.diagnosis import likeliest
from autograder.grading.questions import About
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import AnswerProblem, Exchange, Session
from autograder.text import plain

MAX_LINES = 20
ORDINARY = ("it", "its", "the", "this", "these", "each", "every", "all", "both", "item", "a", "an", "of", "calling")
# Plugins that a run of checks has no use for; unraisableexception alone collects garbage several times per test.
UNUSED = [
    "cacheprovider", "terminal", "capture", "logging", "doctest", "unittest", "junitxml", "pastebin", "faulthandler",
    "warnings", "unraisableexception", "threadexception", "debugging", "setuponly", "setupplan", "stepwise", "recwarn",
    "tmpdir", "subtests",
]  # fmt: skip
SLOW_FACTOR = 10
SLOW = "Look for a loop over single images or values, work repeated in every batch, or losses kept with their graph."
BROKEN = "This check itself broke: that is not your fault. Tell your instructor."


class ChecksBroken(KitError):
    """The checks could not be run at all; `defects` are for the instructor only."""

    def __init__(self, text: str, defects: Sequence[str]) -> None:
        super().__init__(text)
        self.defects = list(defects)


@dataclass(frozen=True)
class _Again:
    """A failed check and what is needed to run it again on another session."""

    check: Check
    mark: About
    function: Callable[..., Any]
    name: str
    values: dict[str, Any]
    arguments: tuple[str, ...]


class Recorder:
    """A pytest plugin that selects checks, runs each with its session, and records the end of each."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.defects: list[str] = []
        self.unread: list[str] = []  # check files that cannot be imported, and why
        self._started = 0.0
        self._again: list[_Again] = []
        self._named: list[tuple[Check, list[str]]] = []  # planted mistakes that answer as this submission did

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand the context to the fixtures."""
        config.stash[plugin.CONTEXT] = self.context

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be imported is a defect of ours."""
        if report.failed:
            self.unread.append(f"{report.nodeid} cannot be run: {_reason(str(report.longrepr))}")
            self.defects.append(f"{self.unread[-1]}\n{report.longrepr}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what was asked for, and expect each of them to end."""
        kept = []
        for item in items:
            mark = plugin.about(item)
            if mark is None:
                fix = 'Fix: write @question("its question") above it.'
                self.defects.append(f"{item.nodeid} belongs to no question, so it would count for nothing. {fix}")
                continue
            if self.context.questions and mark.question not in self.context.questions:
                continue
            if mark.trains and not self.context.trainings:
                continue
            if item.get_closest_marker("cuda") and self.context.device != "cuda":
                continue
            kept.append(item)
            self.context.checks[item.nodeid] = _new_check(item, mark, self.context)
        items[:] = kept

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Time the check."""
        self._started = time.perf_counter()
        result = yield
        self.context.checks[item.nodeid].seconds = time.perf_counter() - self._started
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Run the check and judge its end here: pytest itself sees every check as run."""
        check = self.context.checks[pyfuncitem.nodeid]
        mark = plugin.about(pyfuncitem)
        with self._time_to_train(mark, self.context.session):
            yield from self._run_and_judge(check, pyfuncitem)
            self._say_when_slow(check, mark)
        return True

    def _run_and_judge(self, check: Check, item: pytest.Function) -> Generator[None, object, None]:
        try:
            yield
        except Exception as problem:
            self._judge(check, problem, item)
        else:
            check.outcome = PASSED

    @contextlib.contextmanager
    def _time_to_train(self, mark: About | None, session: Session) -> Iterator[None]:
        """A check that trains gets the longer limit for each of its calls."""
        usual = session.check_seconds
        if mark is not None and mark.trains:
            session.check_seconds, session.timed, session.slowest_call = self.context.training_seconds, True, 0.0
        try:
            yield
        finally:
            session.check_seconds, session.timed = usual, False

    def _say_when_slow(self, check: Check, mark: About | None) -> None:
        """A training ten times slower than the reference's is told so, whether it was stopped or came to its end."""
        if mark is None or not mark.seconds or self.context.data != "bundled":  # the seconds are those of that profile
            return
        took = self.context.session.slowest_call
        if check.outcome == TIMEOUT:
            check.remark(f"A correct training takes about {mark.seconds:g} seconds. {SLOW}")
        elif took > SLOW_FACTOR * mark.seconds:
            times = f"{took / mark.seconds:.0f} times the {mark.seconds:g} seconds of a correct one"
            check.remark(f"Your training took {took:.0f} seconds of computing, {times}. {SLOW}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whatever ends outside the test function, in a fixture say, is ours."""
        if report.failed:
            self._broken(self.context.checks[report.nodeid], str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """After all checks: those that failed for another question's sake get that question's functions given.

        What still fails then gets the sentence of the planted mistake that explains most.
        """
        result = yield
        context = self.context
        for given in dict.fromkeys(again.mark.given for again in self._again):
            if context.with_given is not None and context.lost(given):
                self._try_all_with_given(given, [again for again in self._again if again.mark.given == given])
        failed = [(check, sentences) for check, sentences in self._named if check.outcome == FAILED]
        for (check, _), sentence in zip(failed, likeliest([names for _, names in failed]), strict=True):
            check.diagnosis = sentence
        return result

    def _judge(self, check: Check, problem: Exception, item: pytest.Function) -> None:
        session, mark = self.context.session, plugin.about(item)
        check.outcome, check.message = _outcome(problem)
        if check.outcome == ERROR or mark is None:
            self._broken(check, _traceback(problem))
            return
        trace = list(session.trace)
        check.tried = plain(trace[-1].tried, 2) if trace else ""
        arguments = tuple(item._fixtureinfo.argnames)
        again = _Again(check, mark, item.obj, plugin.seed_name(item), dict(item.funcargs), arguments)
        if mark.given and check.outcome in (FAILED, MISSING, TIMEOUT):
            self._again.append(again)
        if self.context.diagnose is not None and check.outcome == FAILED and not mark.trains:
            rerun = partial(self._rerun, again)
            self._named.append((check, self.context.diagnose(item.nodeid, check.question, trace, rerun)))

    def _broken(self, check: Check, defect: str) -> None:
        check.outcome, check.message, check.defect = ERROR, BROKEN, defect
        self.defects.append(f"{check.name} broke: {_reason(defect)}\n{defect}")

    def _try_all_with_given(self, given: tuple[str, ...], checks: Sequence[_Again]) -> None:
        assert self.context.with_given is not None
        try:
            session = self.context.with_given(given)
        except Exception as problem:  # `given` names what the reference does not have, or the wall is gone
            for again in checks:
                self._broken(again.check, _traceback(problem))
            return
        try:
            for again in checks:
                self._try_with_given(again, session)
        finally:
            session.close()

    def _try_with_given(self, again: _Again, session: Session) -> None:
        """The check counts as passed when it passes once the functions its answer is built on are right."""
        problem = self._rerun(again, session)[1]
        if problem is None:
            *others, last = (f"`{name}`" for name in again.mark.given)
            names = f"{', '.join(others)} and {last}" if others else last
            again.check.outcome = PASSED
            again.check.message = f"Graded with a correct {names} in place of yours."
        elif _outcome(problem)[0] == ERROR:
            self._broken(again.check, _traceback(problem))

    def _rerun(self, again: _Again, session: Session) -> tuple[list[Exchange], Exception | None]:
        """The same check on another session: what was asked and answered, and how it ended."""
        session.trace.clear()
        fresh: dict[str, Any] = {"submission": Submission(session)}
        if "rng" in again.arguments:
            fresh["rng"] = np.random.default_rng(self.context.check_seed(again.name))
        problem: Exception | None = None
        try:
            with self._time_to_train(again.mark, session):
                again.function(**{name: fresh.get(name, again.values[name]) for name in again.arguments})
        except Exception as ended:
            problem = ended
        return list(session.trace), problem


def _new_check(item: pytest.Item, mark: About, context: Context) -> Check:
    title = " ".join((getattr(item, "function", item).__doc__ or item.name).split())
    if mark.seconds:
        usual = f"takes about {mark.seconds:g} s of computing and " if context.data == "bundled" else ""
        title += f" One training {usual}may take {context.training_seconds:g}{'' if usual else ' s of computing'}."
    public = item.path.name == "test_public.py"
    return Check(item.name, mark.question, public, mark.weight, title, mark.hint)


def _outcome(problem: Exception) -> tuple[str, str]:
    """The word for a check's end, and its message; what is neither the student's nor a stopped call is our error."""
    if isinstance(problem, AnswerProblem):
        return problem.outcome, _sentence(str(problem))
    if isinstance(problem, AssertionError):
        return FAILED, _sentence(str(problem))
    return ERROR, BROKEN


def _sentence(text: str) -> str:
    """With a capital at its start, unless that would change a name: `dW`, `im2col`."""
    first = text.partition(" ")[0]
    return plain(text[:1].upper() + text[1:] if first in ORDINARY else text, MAX_LINES)


def run_checks(files: Sequence[Path], context: Context) -> list[str]:
    """Run `files` in this process; `context.checks` is filled in. Returns the defects of the checks themselves.

    Raises ChecksBroken when pytest itself did not come to its end: finished is not passed, not finished is not failed.
    """
    recorder = Recorder(context)
    # Modules are named from here, solutions.im2col.test_hidden: a shorter name would hide the reference `im2col`.
    root = files[0].parents[min(2, len(files[0].parents) - 1)]
    arguments = [*map(str, files), f"--rootdir={root}", f"--confcutdir={root}", "--noconftest", "-c", os.devnull]
    arguments += ["--import-mode=importlib", "--disable-plugin-autoload"]
    for name in UNUSED:
        arguments += ["-p", f"no:{name}"]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main(arguments, plugins=[plugin, recorder])
    if code == pytest.ExitCode.INTERRUPTED and not recorder.unread:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        defects = recorder.defects or [f"pytest ended with {code!r}: {said.getvalue()[-2000:]}"]
        why = "; ".join(recorder.unread) or "the run of its checks broke"
        raise ChecksBroken(f"{why}. Fix: correct the checks; no submission is to blame.", defects)
    for check in context.checks.values():
        if check.outcome == MISSING and not check.message:
            recorder._broken(check, "the check never ran")
    return recorder.defects


def _traceback(problem: Exception) -> str:
    return "".join(traceback.format_exception(problem))


def _reason(report: str) -> str:
    """The last line of a traceback as pytest writes it: `NameError: name 'x' is not defined`."""
    lines = [line.removeprefix("E ").strip() for line in report.strip().splitlines()]
    return plain(next((line for line in reversed(lines) if "Error: " in line), lines[-1]), 1)
