"""Run an assignment's check files against one session and record how each check ended."""

from __future__ import annotations

import contextlib
import io
import os
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.errors import KitError
from autograder.grading import plugin
from autograder.grading.context import ERROR, FAILED, MISSING, PASSED, Check, Context
from autograder.grading.comparisons import CheckFailed
from autograder.grading.questions import About
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import AnswerProblem, Exchange, Session
from autograder.text import plain

MAX_LINES = 20
# Plugins that a run of checks has no use for; unraisableexception alone collects garbage several times per test.
UNUSED = ["cacheprovider", "terminal", "capture", "logging", "doctest", "unittest", "junitxml", "pastebin", "faulthandler", "warnings", "unraisableexception", "threadexception", "debugging", "setuponly", "setupplan", "stepwise", "recwarn", "tmpdir", "subtests"]
BROKEN = "This check broke. That is not your fault: your instructor is told."


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
        self._started = 0.0
        self._again: list[_Again] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand the context to the fixtures."""
        config.stash[plugin.CONTEXT] = self.context

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be imported is a defect of ours."""
        if report.failed:
            self.defects.append(str(report.longrepr))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what was asked for, and expect each of them to end."""
        kept = []
        for item in items:
            mark = plugin.about(item)
            if mark is None or (self.context.questions and mark.question not in self.context.questions):
                continue
            if mark.trains and not self.context.trainings:
                continue
            if item.get_closest_marker("cuda") and self.context.device != "cuda":
                continue
            kept.append(item)
            self.context.checks[item.nodeid] = _new_check(item, mark)
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
        try:
            yield
        except Exception as problem:
            self._judge(check, problem, pyfuncitem)
        else:
            check.outcome = PASSED
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whatever ends outside the test function, in a fixture say, is ours."""
        if report.failed:
            self._broken(self.context.checks[report.nodeid], str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """After all checks: those that failed for another question's sake get that question's functions given."""
        result = yield
        sessions: dict[tuple[str, ...], Session] = {}
        try:
            for again in self._again:
                self._try_with_given(again, sessions)
        finally:
            for session in sessions.values():
                session.close()
        return result

    def _judge(self, check: Check, problem: Exception, item: pytest.Function) -> None:
        session, mark = self.context.session, plugin.about(item)
        check.outcome, check.message = _outcome(problem)
        if check.outcome == ERROR or mark is None:
            self._broken(check, "".join(traceback.format_exception(problem)))
            return
        trace = list(session.trace)
        check.tried = plain(trace[-1].tried, 2) if trace else ""
        again = _Again(check, mark, item.obj, item.name, dict(item.funcargs), tuple(item._fixtureinfo.argnames))
        if mark.given and check.outcome in (FAILED, MISSING):
            self._again.append(again)
        if self.context.diagnose is not None and check.outcome == FAILED and not mark.trains:
            check.diagnosis = self.context.diagnose(item.nodeid, check.question, trace, partial(self._rerun, again))

    def _broken(self, check: Check, defect: str) -> None:
        check.outcome, check.message, check.defect = ERROR, BROKEN, defect
        self.defects.append(f"{check.name}: {defect}")

    def _try_with_given(self, again: _Again, sessions: dict[tuple[str, ...], Session]) -> None:
        """The check counts as passed when it passes once the functions its answer is built on are right."""
        given, context = again.mark.given, self.context
        if context.with_given is None or not context.lost(given):
            return
        if given not in sessions:
            sessions[given] = context.with_given(given)
        problem = self._rerun(again, sessions[given])[1]
        if problem is None:
            names = " and ".join(f"`{name}`" for name in given)
            again.check.outcome, again.check.diagnosis = PASSED, ""
            again.check.message = f"Graded with a correct {names} in place of yours."

    def _rerun(self, again: _Again, session: Session) -> tuple[list[Exchange], Exception | None]:
        """The same check on another session: what was asked and answered, and how it ended."""
        session.trace.clear()
        fresh: dict[str, Any] = {"submission": Submission(session)}
        if "rng" in again.arguments:
            fresh["rng"] = np.random.default_rng(self.context.check_seed(again.name))
        problem: Exception | None = None
        try:
            again.function(**{name: fresh.get(name, again.values[name]) for name in again.arguments})
        except (AnswerProblem, AssertionError) as ended:
            problem = ended
        return list(session.trace), problem


def _new_check(item: pytest.Item, mark: About) -> Check:
    title = " ".join((getattr(item, "function", item).__doc__ or item.name).split())
    public = item.path.name == "test_public.py"
    return Check(item.name, mark.question, public, mark.weight, title, mark.hint)


def _outcome(problem: Exception) -> tuple[str, str]:
    """The word for a check's end, and its message. What is neither the student's nor a stopped call is an error of ours."""
    if isinstance(problem, AnswerProblem):
        text = str(problem)
        return problem.outcome, plain(text[:1].upper() + text[1:], MAX_LINES)
    if isinstance(problem, CheckFailed):
        text = str(problem)
        return FAILED, plain(text[:1].upper() + text[1:], MAX_LINES)
    if isinstance(problem, AssertionError):
        return FAILED, plain(str(problem), MAX_LINES)
    return ERROR, BROKEN


def run_checks(files: Sequence[Path], context: Context) -> list[str]:
    """Run `files` in this process; `context.checks` is filled in. Returns the defects of the checks themselves.

    Raises KitError when pytest itself did not come to its end: finished is not passed, and not finished is not failed.
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
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise KitError("\n".join(recorder.defects) or f"pytest ended with {code}: {said.getvalue()[-2000:]}")
    for check in context.checks.values():
        if check.outcome == MISSING and not check.message:
            recorder._broken(check, "the check never ran")
    return recorder.defects
