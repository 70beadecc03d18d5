"""The pytest plugin: fixtures for checks, and what each check's end means.

Graders start pytest with a `Context` (see run.py). Without one, as when a student types `pytest` in an assignment's
folder, the notebook beside the check file is examined in a plain subprocess.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from autograder.errors import KitError
from autograder.grading.questions import About

if TYPE_CHECKING:  # this plugin is loaded by every pytest run of an environment: numpy and torch wait for a check
    from pathlib import Path

    import numpy as np

    from autograder.grading.context import Context
    from autograder.grading.data import Data
    from autograder.grading.reach import Reach
    from autograder.sandbox.proxy import Submission

CONTEXT: pytest.StashKey[Context] = pytest.StashKey()
ALONE: pytest.StashKey[dict[Path, Context]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that CUDA checks carry."""
    config.addinivalue_line("markers", "cuda: needs a CUDA device")


def about(item: pytest.Item) -> About | None:
    """What `@question` said of a test, None for an ordinary one."""
    found = getattr(getattr(item, "function", None), "about", None)
    return found if isinstance(found, About) else None


def seed_name(item: pytest.Item) -> str:
    """What a check's random inputs depend on: the same name in both check files is two checks."""
    return f"{item.path.name}::{item.name}"


def context_of(request: pytest.FixtureRequest) -> Context:
    """The context of the run, or one made for the folder of a check that is run by hand."""
    config = request.config
    if CONTEXT in config.stash:
        return config.stash[CONTEXT]
    from autograder.student import context_for_folder

    made = config.stash.setdefault(ALONE, {})
    folder = request.path.parent
    if folder not in made:
        made[folder] = context_for_folder(folder)
    return made[folder]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers of a run by hand."""
    for context in config.stash.get(ALONE, {}).values():
        context.session.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """In a run by hand, a failing check shows its words and no traceback."""
    outcome = yield
    report = outcome.get_result()
    mark = about(item)
    if mark is None or CONTEXT in item.config.stash or call.excinfo is None:
        return
    from autograder.sandbox.session import AnswerProblem

    if isinstance(call.excinfo.value, KitError):  # the notebook cannot be read, say
        report.longrepr = str(call.excinfo.value)
    elif isinstance(call.excinfo.value, AnswerProblem | AssertionError):
        title = (item.function.__doc__ or "").strip()  # type: ignore[attr-defined]
        hint = f"\nWhat to try: {mark.hint}" if mark.hint else ""
        report.longrepr = f"{title}\n{call.excinfo.value}{hint}"


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Submission:
    """The student's answers, as a proxy: calls cross to the worker and values come back."""
    from autograder.sandbox.proxy import Submission

    session = context_of(request).session
    session.trace.clear()
    return Submission(session)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this check, below 2**31."""
    return context_of(request).check_seed(seed_name(request.node)) % 2**31


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of this check and this run's seed."""
    import numpy as np

    return np.random.default_rng(context_of(request).check_seed(seed_name(request.node)))


@pytest.fixture
def device(request: pytest.FixtureRequest) -> str:
    """`cpu` or `cuda`."""
    return context_of(request).device


@pytest.fixture
def threshold(request: pytest.FixtureRequest) -> dict[str, float]:
    """The assignment's thresholds for the run's data profile, by name."""
    return dict(context_of(request).thresholds)


@pytest.fixture
def reach(request: pytest.FixtureRequest, seed: int) -> Reach:
    """Trains and compares with a threshold; a missed one is tried once more with another seed."""
    from autograder.grading.reach import Reach

    check = context_of(request).checks.get(request.node.nodeid)
    return Reach(seed, check.remark if check is not None else lambda text: None)


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Data:
    """The data of the run's profile."""
    from autograder.grading.data import Data

    load = context_of(request).load_data
    if load is None:
        raise RuntimeError("this run has no data")
    return Data(load())
