"""A small course, its released notebook, and ways to write submissions."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Assignment, Course, load_course
from autograder.notebook import Cell, parse_source, student_notebook
from autograder.submission import Submission, read_submission

GRADING = """
course: {title: Test course}
assignments:
  im2col: {title: Columns, points: 3, questions: {im2col: 1, forward: 2}}
  mlp: {title: Layers, points: 1, questions: {net: 1}}
  mnist_mlp: {title: More layers, points: 1, questions: {net: 1}}
"""

SOURCE = '''# %% [markdown]
# # Convolution
#
# ## Before you start

# %% tags=["setup"]
import numpy as np
from autograder import check


def given(x):
    return x


# %% tags=["parameters"]
device: str = "auto"
epochs: int = 2

# %% [markdown]
# ## Columns

# %% answer="im2col"
def im2col(images):
    """(N, C) -> (C, N)."""
    ### BEGIN SOLUTION
    return images.T
    ### END SOLUTION

# %% check="im2col"
check("im2col", question="im2col")

# %% tags=["demo"]
columns = im2col(np.ones((2, 3)))
print(columns)

# %% [markdown]
# ## Forward

# %% tags=["setup"]
SCALE = im2col(np.ones((1, 1))).sum() if False else 1.0

# %% answer="forward"
class Convolution:
    """A layer."""

    def forward(self, x):
        ### BEGIN SOLUTION
        return im2col(x) * SCALE
        ### END SOLUTION

# %% check="forward"
check("im2col", question="forward")
'''

IM2COL = 'def im2col(images):\n    """(N, C) -> (C, N)."""\n    return images.transpose()'
FORWARD = "class Convolution:\n    def forward(self, x):\n        return im2col(x)"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "grading.yml").write_text(GRADING, encoding="utf-8")
    return load_course(folder, check_sources=False)


@pytest.fixture
def assignment(course: Course) -> Assignment:
    return course.assignments["im2col"]


@pytest.fixture
def cells() -> list[Cell]:
    return parse_source(SOURCE, Path("im2col.py"))


@pytest.fixture
def released(cells: list[Cell], assignment: Assignment) -> dict[str, Any]:
    """The notebook handed out, as plain data."""
    return json.loads(json.dumps(student_notebook(cells, assignment)))


@pytest.fixture
def answered(released: dict[str, Any]) -> dict[str, Any]:
    """The notebook with both answers in it."""
    notebook = copy.deepcopy(released)
    for cell in notebook["cells"]:
        cell["source"] = {"answer-im2col": IM2COL, "answer-forward": FORWARD}.get(cell["id"], cell["source"])
    return notebook


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook (data), a script (text) or raw bytes, and return its path."""

    def write(content: object, name: str = "im2col.ipynb") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def read(write: Callable[..., Path], assignment: Assignment, cells: list[Cell]) -> Callable[..., Submission]:
    """Write some content and read it as a submission of im2col by kim."""

    def read(content: object, name: str = "im2col.ipynb") -> Submission:
        return read_submission(write(content, name), assignment, cells, student="kim")

    return read


@pytest.fixture
def new_cell() -> Callable[..., dict[str, Any]]:
    """A code cell a student added."""

    def new_cell(source: object, **more: object) -> dict[str, Any]:
        return {"cell_type": "code", "id": "ab12cd", "metadata": {}, "source": source, "outputs": [], **more}

    return new_cell


@pytest.fixture
def stripped(answered: dict[str, Any]) -> dict[str, Any]:
    """The answered notebook without ids and metadata."""
    notebook = copy.deepcopy(answered)
    for cell in notebook["cells"]:
        cell.pop("id")
        cell["metadata"] = {}
    return notebook
