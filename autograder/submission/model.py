"""The records submissions are described with, and the sizes beyond which one is refused."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MAX_FILE = 100 * 2**20
"""Bytes of one handed-in file, outputs included."""
MAX_CODE = 512 * 2**10
"""Characters of code in one submission; an answer to an assignment has some ten thousand."""
MAX_CELLS = 5_000
"""Code cells (or statements of a plain script) in one submission."""
MAX_TOTAL = 2**30
"""Bytes that the notebooks and scripts of one zip may unpack to."""
MAX_ENTRIES = 20_000
"""Entries of one zip, and files below one folder."""

SUFFIXES = (".ipynb", ".py")
"""What can be graded."""


@dataclass(frozen=True)
class Found:
    """One student's file for one assignment, or, with `problem`, why there is none that can be graded.

    `student` and `assignment` are "" when they cannot be told or are no valid name; never with an empty `problem`.
    For zips, `path` is an extracted copy, or the zip itself when nothing could be extracted.
    """

    student: str
    assignment: str
    path: Path
    problem: str = ""


@dataclass(frozen=True)
class CodeCell:
    """One cell that is run in grading; `label` is what messages call it: `cell 7, under *Backward*`."""

    id: str
    label: str
    source: str
    kind: Literal["setup", "answer", "other"]


@dataclass(frozen=True)
class Submission:
    """A submission as it is graded: the cells in running order, the file's hash, and remarks in words."""

    student: str
    assignment: str
    path: Path
    sha256: str
    cells: tuple[CodeCell, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawCell:
    """One code cell (or one statement of a plain script) as the student has it.

    `keys` are the names the file gives the cell (nbgrader's first), `label` is where it stands ("cell 7", "lines 3 to
    9"), `line` the line of the file its source starts on (0 in a notebook).
    """

    label: str
    source: str
    heading: str = ""
    keys: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    line: int = 0


@dataclass
class Document:
    """A file taken apart: its code cells, remarks for the student, and what assignment it says it is ("" if none)."""

    cells: list[RawCell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assignment: str = ""
    plain: bool = False
    """True for a script without cell markers, whose cells are single statements."""
    notebook: bool = False
    marked: bool = False
    """Whether any cell of a notebook has nbgrader's metadata."""
    questions: dict[str, float] = field(default_factory=dict)
    """The questions and points of the release a notebook says it was made from."""
