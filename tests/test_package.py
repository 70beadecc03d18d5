"""The wheel students install: it works alone, and holds no solution and no hidden check."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.course import load_course
from autograder.notebook import read_source, stub

ROOT = Path(__file__).parent.parent
TELLING = 13  # shorter lines ("return x") say nothing


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def secret_lines() -> set[str]:
    """Lines of solutions and hidden checks that stand in nothing students are given."""
    lines: set[str] = set()
    public: set[str] = set()
    for assignment in load_course(ROOT).assignments.values():
        for cell in read_source(assignment.source):
            stubbed = stub(cell.source) if cell.kind == "answer" else cell.source
            public |= {line.strip() for line in stubbed.splitlines()}
            if cell.kind == "answer":
                lines |= {line.strip() for line in cell.source.splitlines()}
        lines |= {line.strip() for line in (assignment.folder / "test_hidden.py").read_text().splitlines()}
        public |= {line.strip() for line in (assignment.folder / "test_public.py").read_text().splitlines()}
    return {line for line in lines - public if len(line) >= TELLING}


def lines_of(name: str, text: str) -> set[str]:
    if name.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return {line.strip() for line in text.splitlines()}


def test_wheel_holds_no_solution_and_no_hidden_check(wheel):
    secrets = secret_lines()
    assert len(secrets) > 200
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert not [name for name in names if "solutions" in name or "hidden" in name or "bank/" in name]
        for name in (name for name in names if name.endswith((".ipynb", "test_public.py", ".json"))):
            leaked = sorted(secrets & lines_of(name, archive.read(name).decode()))
            assert not leaked, f"{name}: {leaked[:3]}"


def run_alone(site: Path, code: str, cwd: Path) -> str:
    """Run code with the installed copy in front of the working tree, from an empty folder."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bundled_data_loads_from_the_wheel_alone(installed, tmp_path):
    code = (
        "import autograder, autograder.data as d; a = d.load('bundled'); "
        "print(autograder.__file__); print(d.bundled_folder()); "
        "print(tuple(a.train_images.shape), tuple(a.test_labels.shape))"
    )
    file, folder, shapes = run_alone(installed, code, tmp_path).splitlines()
    assert file.startswith(str(installed))
    assert folder.startswith(str(installed))
    assert shapes == "(1437, 1, 28, 28) (360,)"


def test_mnist_loads_from_the_wheel_alone(installed, tmp_path):
    if not os.environ.get("AUTOGRADER_DATA"):
        pytest.skip("AUTOGRADER_DATA names no folder with MNIST")
    code = "import autograder.data as d; a = d.load('mnist'); print(tuple(a.train_images.shape), a.train_images.dtype)"
    assert run_alone(installed, code, tmp_path).strip() == "(60000, 1, 28, 28) torch.float32"


def test_public_checks_run_from_the_wheel_alone(installed, tmp_path):
    code = "from autograder import check\noutput_size = lambda *a, **k: 0\ncheck('im2col', question='output_size')"
    said = run_alone(installed, code, tmp_path)
    assert "output_size" in said
    assert "✗" in said
