"""A tiny course, made once and copied for each test that wants one, and ways to hand work in and run the commands."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Course, load_course
from autograder.release import build

GRADING = """\
course: {title: Toy course}
defaults: {device: cpu, data: bundled, seed: 7, limits: {cpu_seconds: 20, check_seconds: 1}}
assignments:
  toy:
    title: Twice as much
    points: 5
    questions:
      double: 2
      mean: {points: 2, needs: [double]}
      counter: 1
  tiny:
    title: One
    points: 1
    questions: {one: 1}
"""

TOY = '''\
# %% [markdown]
# # Toy

# %% tags=["parameters"]
seed: int = 0  # seeds nothing

# %% tags=["setup"]
import numpy as np

from autograder import check

# %% [markdown]
# ## Doubling

# %% answer="double"
def double(x):
    """x: array of floats of any shape. Returns twice x, of the same shape."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double"
check("toy", question="double")

# %% [markdown]
# ## Mean of the doubles

# %% answer="mean"
def mean(x):
    """x: array (N,). Returns the mean of double(x), a float."""
    ### BEGIN SOLUTION
    total = double(x).sum()
    return float(total / len(x))
    ### END SOLUTION

# %% check="mean"
check("toy", question="mean")

# %% [markdown]
# ## A counter

# %% answer="counter"
class Counter:
    """Counts from `start`."""

    def __init__(self, start):
        self.total = start

    def add(self, number):
        """Add number; return the total."""
        ### BEGIN SOLUTION
        self.total = self.total + number
        return self.total
        ### END SOLUTION

# %% check="counter"
check("toy", question="counter")
'''

PUBLIC = '''\
"""Checks of toy the student has."""

import numpy as np

from autograder.grading import expect, expect_close, expect_equal, expect_raises, question


@question("double", hint="Multiply by two.")
def test_double_small(submission):
    """double of 1, 2, 3 is 2, 4, 6."""
    expect_close(submission.double(np.array([1.0, 2.0, 3.0])), np.array([2.0, 4.0, 6.0]), what="double of 1, 2, 3")


@question("mean", given=("double",), hint="Divide the sum by the number of values.")
def test_mean_small(submission):
    """The mean of the doubles of 1 and 3 is 4."""
    expect_close(submission.mean(np.array([1.0, 3.0])), 4.0, what="mean of 1 and 3")


@question("counter", hint="Remember the total in self.")
def test_counter_small(submission):
    """A counter that starts at 5 is at 7 after adding 2."""
    counter = submission.Counter(5)
    expect(hasattr(counter, "structure"), "Counter must be a class.")
    expect_equal(counter.add(2), 7, what="add(2)")
'''

HIDDEN = '''\
"""Checks of toy the student never has."""

import numpy as np
import toy as reference

from autograder.grading import expect_close, expect_equal, expect_raises, question


@question("double", weight=2)
def test_double_again(submission, rng):
    """double is right for other numbers too."""
    x = rng.normal(size=(3, 4))
    expect_close(submission.double(x), reference.double(x), what="double of random numbers")


@question("double", trains=True)
def test_double_slowly(submission, rng):
    """double is right for many numbers."""
    x = rng.normal(size=1000)
    expect_close(submission.double(x), reference.double(x), what="double of a thousand numbers")


@question("mean", given=("double",), weight=2)
def test_mean_again(submission, rng):
    """mean is right for other numbers too."""
    x = rng.normal(size=5)
    expect_close(submission.mean(x), reference.mean(x), what="mean of random numbers")


@question("counter")
def test_counter_twice(submission):
    """Adding twice adds up."""
    counter = submission.Counter(1)
    counter.add(1)
    expect_equal(counter.add(1), 3, what="the second add(1)")
'''

BANK = {
    "right/added.py": '"""Adds x to itself."""\n\n\ndef double(x):\n    return x + x\n',
    "right/numpy_mean.py": '"""NumPy takes the mean."""\n\n\ndef mean(x):\n    return float(np.mean(double(x)))\n',
    "wrong/tripled.py": '"""question: double\nmistake: It is tripled.\n"""\n\n\ndef double(x):\n    return 3 * x\n',
    "wrong/no_floats.py": (
        '"""question: double\nmistake: Only integers are accepted.\n"""\n\n\n'
        "def double(x):\n    raise TypeError('integers, please')\n"
    ),
    "wrong/sum.py": (
        '"""question: mean\nmistake: It is the sum.\n"""\n\n\ndef mean(x):\n    return float(double(x).sum())\n'
    ),
    "wrong/forgets.py": (
        '"""question: counter\nmistake: The total is not kept.\n"""\n\n\nclass Counter:\n'
        "    def __init__(self, start):\n        self.total = start\n\n"
        "    def add(self, number):\n        return self.total + number + 1\n"
    ),
}

TINY = '''\
# %% tags=["setup"]
from autograder import check

# %% [markdown]
# ## One

# %% answer="one"
def one():
    """Returns 1."""
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION

# %% check="one"
check("tiny", question="one")
'''

TINY_CHECKS = '''\
"""Checks of tiny the student has."""

from autograder.grading import expect_equal, question


@question("one", hint="It is the first natural number.")
def test_one(submission):
    """one() is 1."""
    expect_equal(submission.one(), 1, what="one()")
'''

TWO = '"""question: one\nmistake: It is two.\n"""\n\n\ndef one():\n    return 2\n'

ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "mean": "def mean(x):\n    return float(double(x).sum() / len(x))",
    "counter": (
        "class Counter:\n    def __init__(self, start):\n        self.total = start\n\n"
        "    def add(self, number):\n        self.total += number\n        return self.total"
    ),
}


def write_course(root: Path) -> None:
    """The tiny course's own files, without what `build` makes of them."""
    files = {
        "grading.yml": GRADING,
        "solutions/toy/toy.py": TOY,
        "solutions/toy/test_public.py": PUBLIC,
        "solutions/toy/test_hidden.py": HIDDEN,
        "solutions/tiny/tiny.py": TINY,
        "solutions/tiny/test_public.py": TINY_CHECKS,
        "solutions/tiny/bank/wrong/two.py": TWO,
        **{f"solutions/toy/bank/{name}": text for name, text in BANK.items()},
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Toy:
    """A copy of the tiny course, for one test to change as it likes."""

    root: Path
    submitted: Path

    @property
    def course(self) -> Course:
        """The course as it is now."""
        return load_course(self.root)

    def path(self, name: str) -> Path:
        """A file of `solutions/toy`."""
        return self.root / "solutions" / "toy" / name

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a piece of a file of `solutions/toy`, which must be there."""
        path = self.root / name if name == "grading.yml" else self.path(name)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add_check(self, text: str, name: str = "test_hidden.py") -> None:
        """Append a check to a check file."""
        path = self.path(name)
        path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{text}", encoding="utf-8")

    def notebook(self, **answers: str | None) -> dict[str, Any]:
        """The released notebook with right answers, or with those given; None leaves the stub."""
        notebook = json.loads((self.root / "assignments/toy/toy.ipynb").read_text(encoding="utf-8"))
        texts = {**ANSWERS, **answers}
        for cell in notebook["cells"]:
            text = texts.get(cell["id"].removeprefix("answer-")) if cell["id"].startswith("answer-") else None
            cell["source"] = cell["source"] if text is None else text
        return notebook

    def hand_in(self, student: str, content: object = None, name: str = "toy.ipynb", **answers: str | None) -> Path:
        """Put a student's work where nbgrader has it: right answers, those given, or any content."""
        path = self.submitted / student / name.partition(".")[0] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = self.notebook(**answers) if content is None else content
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def result(self, student: str, name: str = "toy", out: Path | None = None) -> dict[str, Any]:
        """A submission's results.json."""
        path = (out or self.root) / "autograded" / student / name / "results.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="session")
def _course_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "course"
    write_course(root)
    build(load_course(root))
    return root


@pytest.fixture(scope="session")
def make_toy(_course_template: Path) -> Callable[[Path], Toy]:
    """Put a copy of the tiny course, and a place to hand work in, into a folder."""

    def make(folder: Path) -> Toy:
        shutil.copytree(_course_template, folder / "course")
        return Toy(folder / "course", folder / "submitted")

    return make


@pytest.fixture
def toy(make_toy: Callable[[Path], Toy], tmp_path: Path) -> Toy:
    return make_toy(tmp_path)


def _environment(**changes: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COLUMNS", "FORCE_"))}
    return {**kept, "PATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "PYTHONWARNINGS": "error", **changes}


@pytest.fixture(scope="session")
def environment() -> Callable[..., dict[str, str]]:
    """The variables commands run with: this interpreter's programs first, plain output, and some changes."""
    return _environment


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command in a folder as a person would, and get its status, stdout and stderr."""
    nowhere = tmp_path_factory.mktemp("nowhere")

    def run(*command: object, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        words[:1] = [sys.executable, "-m", "autograder"] if words[0] == "autograder" else words[:1]
        where = cwd or nowhere
        return subprocess.run(
            words, cwd=where, env=_environment(**changes), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def fresh_modules() -> Iterator[None]:
    """Check files of one copy of the tiny course are not those of the next, though their modules are named alike."""
    yield
    for name in list(sys.modules):
        if name.startswith(("solutions.", "assignments.")) or name in ("toy", "tiny", "test_public"):
            del sys.modules[name]


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Make a slot for a course whose submissions run in this process."""
    from autograder.grading.job import Conditions
    from autograder.grading.slot import Slot
    from autograder.sandbox.transports import InProcess
    from autograder.worker.service import Service

    def transport(self: Slot, assignment: object, submission: object) -> InProcess:
        return InProcess(lambda answer: Service({"__name__": "submission"}, callback=answer))

    monkeypatch.setattr(Slot, "_transport", transport)
    return lambda toy, **conditions: Slot(Conditions(str(toy.root), **{"seed": 7, **conditions}))


@pytest.fixture(scope="session")
def wall() -> None:
    """Skips where there is no bubblewrap; says so."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed: sudo apt-get install bubblewrap")
