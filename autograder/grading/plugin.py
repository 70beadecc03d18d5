"""The pytest plugin: fixtures for checks, and what each check's end means.

Graders start pytest with a `Context` (see run.py). Without one, as when a student types `pytest` in an assignment's folder,
the notebook beside the check file is examined in a plain subprocess.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.data import ImageData
from autograder.grading.context import Context
from autograder.grading.questions import About
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import AnswerProblem
from autograder.sandbox.wire import Ref

CONTEXT = pytest.StashKey[Context]()
ALONE = pytest.StashKey[dict[Path, Context]]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that CUDA checks carry."""
    config.addinivalue_line("markers", "cuda: needs a CUDA device")


def about(item: pytest.Item) -> About | None:
    """What `@question` said of a test, None for an ordinary one."""
    found = getattr(getattr(item, "function", None), "about", None)
    return found if isinstance(found, About) else None


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
    if isinstance(call.excinfo.value, AnswerProblem | AssertionError):
        title = (item.function.__doc__ or "").strip()  # type: ignore[attr-defined]
        hint = f"\nWhat to try: {mark.hint}" if mark.hint else ""
        report.longrepr = f"{title}\n{call.excinfo.value}{hint}"


class Data:
    """The data of a run: training data by reference (opened in the worker), test images by value, labels kept here."""

    def __init__(self, loaded: ImageData) -> None:
        self._loaded = loaded
        self.name = loaded.name
        self.train_images = DataRef("train_images")
        self.train_labels = DataRef("train_labels")

    @property
    def test_images(self) -> torch.Tensor:
        """float32 (N, 1, 28, 28)."""
        return self._loaded.test_images

    @property
    def test_labels(self) -> torch.Tensor:
        """int64 (N,); never sent to the worker."""
        return self._loaded.test_labels


class DataRef:
    """A training tensor that is opened inside the worker when it is passed to the student's code."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def wire_ref(self) -> Ref:
        """The reference to send."""
        return Ref("data", self._name)

    @property
    def described(self) -> str:
        """How messages call it."""
        return self._name


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Submission]:
    """The student's answers, as a proxy: calls cross to the worker and values come back."""
    session = context_of(request).session
    session.trace.clear()
    yield Submission(session)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this check, below 2**31."""
    return context_of(request).check_seed(request.node.name) % 2**31


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of this check and this run's seed."""
    return np.random.default_rng(context_of(request).check_seed(request.node.name))


@pytest.fixture
def device(request: pytest.FixtureRequest) -> str:
    """`cpu` or `cuda`."""
    return context_of(request).device


@pytest.fixture
def threshold(request: pytest.FixtureRequest) -> dict[str, float]:
    """The assignment's thresholds for the run's data profile, by name."""
    return dict(context_of(request).thresholds)


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Data:
    """The data of the run's profile."""
    load = context_of(request).load_data
    if load is None:
        raise RuntimeError("this run has no data")
    return Data(load())
