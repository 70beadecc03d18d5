"""Courses to run nbgrader's own commands on."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        """Student → grade cell's question → automatic score, as nbgrader's own models have it."""
        from nbgrader.api import Gradebook

        with Gradebook(db or f"sqlite:///{self.root}/gradebook.db") as gradebook:
            return {
                submission.student.id: {
                    grade.cell.name.removeprefix("check-"): grade.auto_score
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


def install(*packages: str) -> None:
    """Install Debian's packages where that is allowed; one process at a time."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    with (Path(tempfile.gettempdir()) / "autograder-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False)


@pytest.fixture(scope="session")
def postgresql() -> Path:
    """The folder of PostgreSQL's programs as Debian has them; skips where it cannot be installed, and says so."""
    for attempt in range(2):
        if found := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            return found[-1].parent
        if attempt == 0:
            install("postgresql")
    pytest.skip("PostgreSQL is not installed and cannot be: sudo apt-get install postgresql")


def chromium() -> str:
    """The path of Debian's chromedriver; skips where it cannot be installed, and says so."""
    for attempt in range(2):
        if shutil.which("chromium") and (driver := shutil.which("chromedriver")):
            return driver
        if attempt == 0:
            install(*BROWSER)
    pytest.skip(f"Chromium is not installed and cannot be: sudo apt-get install {' '.join(BROWSER)}")


BROWSER = ("chromium", "chromium-driver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,1600",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    """A headless Chromium with a new, empty profile."""
    driver = chromium()
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield found
    finally:
        found.quit()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Classroom], str]]:
    """Start Jupyter's server in a course, as an instructor does; the address of its formgrader, which lets one in."""
    running = []

    def start(room: Classroom) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        token = secrets.token_hex(16)
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
        log = (room.root.parent / "server.log").open("w")
        running.append((subprocess.Popen(command, cwd=room.root, env=room.environment, stdout=log, stderr=log), log))
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return f"http://127.0.0.1:{port}/formgrader/{{}}?token={token}"
            assert running[-1][0].poll() is None, (room.root.parent / "server.log").read_text()
            time.sleep(0.2)
        raise AssertionError((room.root.parent / "server.log").read_text())

    yield start
    for process, log in running:
        process.terminate()
        process.wait(20)
        log.close()
