"""Submissions under examination: each test asks its own, behind the one wall or in a process of its own."""

import ctypes
import platform
import secrets
import shutil
from dataclasses import dataclass

import pytest

from autograder.data import train_archive
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import Session
from autograder.sandbox.transports import Plain, Walled
from autograder.sandbox.wall import INSTALL, Wall
from autograder.submission import CodeCell

MEGABYTE = 2**20
KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine(), -1)
JOIN_SESSION_KEYRING = 1
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


FINE = """
import os

def fine(x):
    return x + 1
"""


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


@pytest.fixture(scope="session")
def planted():
    """A word that stands in a folder of solutions and in the environment of the grader."""
    return f"planted{secrets.token_hex(12)}"


@pytest.fixture(scope="session")
def wall(planted, tmp_path_factory):
    """A running wall as `grade` has it, training data shown, and around it what must not be seen where it could lie."""
    if shutil.which("bwrap") is None:
        pytest.skip(f"bubblewrap is not installed. {INSTALL}")
    folder = tmp_path_factory.mktemp("wall")
    solutions = folder / "course/solutions/im2col"
    solutions.mkdir(parents=True)
    (solutions / "im2col.py").write_text(f"# {planted}\n")
    # At a desktop all processes share a keyring of the login session: make one here, too.
    ctypes.CDLL(None).syscall(KEYCTL, JOIN_SESSION_KEYRING, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_SECRET", planted)
        made = Wall(train_folder=train_archive("bundled", folder / "train"), hidden=[solutions])
    yield made
    made.close()


def examination(request):
    """A function that examines: `examine(cell, cell, …, plain=True, limits={…}, check_seconds=2, …)`."""
    opened = []

    def examine(*sources, plain=False, limits=None, check_seconds=20.0, **options):
        settings = {**LIMITS, **(limits or {})}
        transport = Plain(settings) if plain else Walled(request.getfixturevalue("wall"), settings)
        session = Session(transport, cells_of(*sources), check_seconds, **options)
        opened.append(session)
        session.start()
        return Examined(session, Submission(session))

    yield examine
    for session in opened:
        session.close()


examine = pytest.fixture(examination, name="examine")
examine_all_along = pytest.fixture(examination, name="examine_all_along", scope="module")


@pytest.fixture(scope="module")
def neighbour(examine_all_along):
    """Another session on the same wall, open all the time."""
    source = "calls = []\ndef count():\n    calls.append(1)\n    return len(calls)"
    return examine_all_along(source).submission


@pytest.fixture
def ends(examine, neighbour):
    """Ask the function `do` of a submission: it must fail in these words, and nothing else must."""

    def end(source, problem, words, check_seconds=1.0, *, answer="do", **options):
        before = neighbour.count()
        examined = examine(FINE + source, **options)
        ample, examined.session.check_seconds = examined.session.check_seconds, check_seconds
        with pytest.raises(problem) as caught:
            examined.ask(answer)
        assert words in str(caught.value)
        examined.session.check_seconds = ample
        assert examined.ask("fine", 1) == 2
        assert neighbour.count() == before + 1
        return examined

    return end
