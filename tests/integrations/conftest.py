"""Courses to run nbgrader's own commands on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Classroom:
    """A course's folder with what nbgrader makes in it, and an exchange beside it."""

    root: Path
    exchange: Path
    environment: dict[str, str]

    def nbgrader(self, *words: object, fine: bool = True, cwd: Path | None = None) -> str:
        """Run a command as a person would; its output, which says no traceback. `fine` is how it must end."""
        command = [sys.executable, "-m", "nbgrader", *map(str, words)]
        done = subprocess.run(
            command, cwd=cwd or self.root, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode == 0) is fine, said
        assert "Traceback" not in said, said
        return said

    def exchanged(self, *words: object, **how: object) -> str:
        """The same with the exchange's folder named."""
        return self.nbgrader(*words, f"--Exchange.root={self.exchange}", **how)

    def result(self, student: str, name: str) -> dict:
        """A submission's results.json."""
        return json.loads((self.root / "autograded" / student / name / "results.json").read_text(encoding="utf-8"))

    def scores(self, name: str, db: str | None = None) -> dict[str, dict[str, float]]:
        """Student → grade cell's question → score, as nbgrader's own models have it."""
        from nbgrader.api import Gradebook

        with Gradebook(db or f"sqlite:///{self.root}/gradebook.db") as gradebook:
            return {
                submission.student.id: {
                    grade.cell.name.removeprefix("check-"): grade.score
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in gradebook.find_assignment(name).submissions
            }


@pytest.fixture(scope="session")
def nbgrader_environment(environment: Callable[..., dict[str, str]], tmp_path_factory) -> dict[str, str]:
    """The variables nbgrader runs with: a home and settings of its own, warnings of its dependencies let through."""
    home = tmp_path_factory.mktemp("home")
    places = {name: str(home / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    return environment(
        HOME=str(home),
        PYTHONWARNINGS="ignore",
        PYTHONIOENCODING="utf-8",
        PYTHONPATH=os.pathsep.join(sys.path),
        **places,
    )


@pytest.fixture(scope="session")
def classroom(nbgrader_environment) -> Callable[[Path], Classroom]:
    """Make a course's folder one that nbgrader works in."""

    def make(root: Path) -> Classroom:
        if not (root / "nbgrader_config.py").exists():
            shutil.copy(ROOT / "nbgrader_config.py", root)
        exchange = root.parent / "exchange"
        exchange.mkdir(exist_ok=True)
        exchange.chmod(0o777)
        return Classroom(root, exchange, nbgrader_environment)

    return make


@pytest.fixture
def toy_classroom(toy, classroom) -> Classroom:
    """The tiny course; work handed in by `toy.hand_in` goes to its own submitted folder."""
    return classroom(toy.root)
