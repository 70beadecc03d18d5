"""The lessons, read from top to bottom: what a cell checks stands above it."""

from pathlib import Path
from types import ModuleType

import pytest

from autograder import student
from autograder.course import load_course
from autograder.notebook import read_source

ROOT = Path(__file__).parents[1]
COURSE = load_course(ROOT)
OPEN = [("transfer", "extractor")]
"""It trains with an answer that comes later, and the lesson says so."""


@pytest.mark.parametrize("name", COURSE.assignments)
def test_every_check_passes_where_it_stands(name, monkeypatch, capsys):
    """Those behind the last answer, which train, are left to the bank: nothing can be missing there."""
    monkeypatch.chdir(ROOT / "assignments")
    cells = read_source(COURSE.assignment(name).source)
    last = max(place for place, cell in enumerate(cells) if cell.kind == "answer")
    lesson = ModuleType(name)
    monkeypatch.setattr(student, "_namespace", lambda: vars(lesson))
    checked = 0
    for cell in cells[:last]:
        if cell.kind in ("parameters", "setup", "answer", "check"):
            exec(compile(cell.source, cell.id, "exec"), vars(lesson))
        if cell.kind == "check":
            passed = "All public checks passed" in capsys.readouterr().out
            assert passed is ((name, cell.name) not in OPEN), cell.name
            checked += 1
    assert checked >= 3
