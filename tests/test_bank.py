"""The bank of every assignment, graded as submissions are: what is right keeps all points, what is wrong loses its own.

Without the checks that train, all of it, or as much as fits; with them the references and a few others. Which ones
rotates with the commit, so that over some commits everything is graded. `autograder verify` grades all of it at once.
"""

import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from autograder.course import load_course
from autograder.verify import REFERENCE, STUB, cases_of, holes, run_cases

ROOT = Path(__file__).parents[1]
MOST, MOST_WITH_TRAININGS = 160, 4


def commit():
    """What the choice depends on: the commit, or the sources where there is no git."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    sources = sorted((ROOT / "solutions").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def chosen(cases, most, always):
    """At most `most` cases: those of these names, and others in an order that the commit decides."""
    drawn = sorted(cases, key=lambda case: hashlib.sha256(f"{commit()}{case.path.name}".encode()).digest())
    return sorted(drawn, key=lambda case: case.name not in always)[:most]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    course = load_course(ROOT)
    folder = tmp_path_factory.mktemp("bank")
    return course, [case for each in course.assignments.values() for case in cases_of(each, folder)]


def graded(bank, cases, trainings):
    course, _ = bank
    verdicts = run_cases(course, cases, 1, trainings, 0, Console(file=io.StringIO()))
    faults = {f"{each.case.assignment}, {each.case.kind} {each.case.name}": each.faults for each in verdicts}
    assert {name: found for name, found in faults.items() if found} == {}
    assert len(verdicts) == len(cases)
    return verdicts


@pytest.mark.usefixtures("wall")
def test_the_bank_without_trainings(bank):
    course, cases = bank
    some = chosen(cases, MOST, (REFERENCE, STUB))
    verdicts = graded(bank, some, trainings=False)
    if len(some) < len(cases):
        return
    for name, assignment in course.assignments.items():
        mine = [each for each in verdicts if each.case.assignment == name]
        assert holes(assignment, mine) == []
        wrong = [each for each in mine if each.case.kind == "wrong"]
        assert len(wrong) >= 15
        assert sum(each.case.kind == "right" for each in mine) >= 6  # with the reference
        # A mistake that is recognised gets its sentence; most are.
        assert sum(each.named for each in wrong) >= 0.8 * len(wrong)


@pytest.mark.usefixtures("wall")
def test_some_of_the_bank_with_trainings(bank):
    _, cases = bank
    references = sum(case.name == REFERENCE for case in cases)
    graded(bank, chosen(cases, references + MOST_WITH_TRAININGS, (REFERENCE,)), trainings=True)
