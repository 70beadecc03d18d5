"""The bank of every assignment, graded as submissions are: what is right keeps all points, what is wrong loses its own.

Without the checks that train, all of it; with them the references and a few others. Which ones rotates with the commit,
so that over some commits everything is trained. `autograder verify` grades all of it at once.
"""

import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from autograder.course import load_course
from autograder.verify import REFERENCE, cases_of, holes, run_cases

ROOT = Path(__file__).parents[1]
COURSE = load_course(ROOT)
SAMPLE = 4


def commit():
    """What the choice depends on: the commit, or the sources where there is no git."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    sources = sorted((ROOT / "solutions").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def drawn(cases, count):
    """`count` of the cases, which the commit decides."""
    order = sorted(cases, key=lambda case: hashlib.sha256(f"{commit()}{case.path.name}".encode()).digest())
    return order[:count]


def graded(cases, trainings):
    verdicts = run_cases(COURSE, cases, 1, trainings, 0, Console(file=io.StringIO()))
    faults = {f"{each.case.assignment}, {each.case.kind} {each.case.name}": each.faults for each in verdicts}
    assert {name: found for name, found in faults.items() if found} == {}
    assert len(verdicts) == len(cases)
    return verdicts


@pytest.mark.usefixtures("wall")
@pytest.mark.parametrize("name", COURSE.assignments)
def test_the_bank_without_trainings(name, tmp_path):
    assignment = COURSE.assignment(name)
    verdicts = graded(cases_of(assignment, tmp_path), trainings=False)
    assert holes(assignment, verdicts) == []
    wrong = [each for each in verdicts if each.case.kind == "wrong"]
    assert len(wrong) >= 15
    assert sum(each.case.kind == "right" for each in verdicts) >= 6  # with the reference
    # A mistake that is recognised gets its sentence; most are.
    assert sum(each.named for each in wrong) >= 0.6 * len(wrong)


@pytest.mark.usefixtures("wall")
def test_some_of_the_bank_with_trainings(tmp_path):
    cases = [case for each in COURSE.assignments.values() for case in cases_of(each, tmp_path)]
    references = [case for case in cases if case.name == REFERENCE]
    graded(references + drawn([case for case in cases if case.name != REFERENCE], SAMPLE), trainings=True)
