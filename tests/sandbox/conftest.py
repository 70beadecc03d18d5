"""Submissions under examination: each test asks its own, behind one wall per module or in a process of its own."""

import shutil
from dataclasses import dataclass

import pytest

from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import Session
from autograder.sandbox.transports import Plain, Walled
from autograder.sandbox.wall import INSTALL, Wall
from autograder.submission import CodeCell

MEGABYTE = 2**20
LIMITS = {
    "cpu_seconds": 60,
    "memory": 512 * MEGABYTE,
    "processes": 16,
    "file_size": 4 * MEGABYTE,
    "printed": 1000,
    "returned": MEGABYTE,
    "threads": 1,
    "data": "bundled",
    "module": "submission",
}


@dataclass
class Examined:
    """A session, and the proxy checks use; `submission.name(…)` asks."""

    session: Session
    submission: Submission

    def ask(self, name, *args, **kwargs):
        return getattr(self.submission, name)(*args, **kwargs)

    @property
    def cells(self):
        """What became of each cell."""
        return [state.outcome for state in self.session.outcomes.values()]

    @property
    def messages(self):
        return [state.message for state in self.session.outcomes.values()]


def cells_of(*sources):
    return [CodeCell(f"answer-{n}", f"cell {n}", source, "answer") for n, source in enumerate(sources, 1)]


@pytest.fixture(scope="module")
def wall(request, tmp_path_factory):
    """A running wall. A module may name the files to hide and the folder with training data: HIDDEN, TRAIN_FOLDER."""
    if shutil.which("bwrap") is None:
        pytest.skip(f"bubblewrap is not installed. {INSTALL}")
    prepare = getattr(request.module, "prepare_wall", lambda folder: {})
    made = Wall(**prepare(tmp_path_factory.mktemp("wall")))
    yield made
    made.close()


@pytest.fixture
def examine(request):
    """Examine a submission: `examine(cell, cell, …, plain=True, limits={…}, check_seconds=2, …)`."""
    opened = []

    def start(*sources, plain=False, limits=None, check_seconds=20.0, **options):
        settings = {**LIMITS, **(limits or {})}
        transport = Plain(settings) if plain else Walled(request.getfixturevalue("wall"), settings)
        session = Session(transport, cells_of(*sources), check_seconds, **options)
        opened.append(session)
        session.start()
        return Examined(session, Submission(session))

    yield start
    for session in opened:
        session.close()
