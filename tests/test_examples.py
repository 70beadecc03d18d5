"""The sample class, graded as `make demo` does: everybody gets what examples/expected.csv says, in every question."""

import csv
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest

from autograder.records import read_result, safe_folder

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SUBMITTED = EXAMPLES / "submitted"
LARGEST = 60_000  # bytes of a notebook


def expected_points():
    """(student, assignment) -> question -> points."""
    points = defaultdict(dict)
    with (EXAMPLES / "expected.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            points[row["student"], row["assignment"]][row["question"]] = float(row["points"])
    return dict(points)


EXPECTED = expected_points()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The command's result, and the folder it wrote to."""
    out = tmp_path_factory.mktemp("class")
    command = [sys.executable, "-m", "autograder", "grade", str(SUBMITTED), "--course", str(ROOT), "--out", str(out)]
    environment = {**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([*command, "--device", "cpu"], capture_output=True, env=environment, encoding="utf-8")
    return done, out


@pytest.fixture(scope="module")
def results(run):
    """(student, assignment) -> result, for all that was handed in."""
    _, out = run
    found = (path.relative_to(SUBMITTED).parts[:2] for path in SUBMITTED.glob("*/*/*"))
    return {(s, a): read_result(out / "autograded" / safe_folder(s) / a / "results.json") for s, a in found}


def outcomes(result):
    """Question -> the outcomes of its checks, each once."""
    found = defaultdict(set)
    for check in result["checks"]:
        found[check["question"]].add(check["outcome"])
    return dict(found)


def test_everything_is_graded(run, results):
    done, _ = run
    problems = {key: result["problem"] for key, result in results.items() if result["status"] != "graded"}
    assert (done.returncode, problems) == (0, {}), done.stdout + done.stderr
    assert results.keys() == EXPECTED.keys()


@pytest.mark.parametrize(("student", "assignment"), list(EXPECTED))
def test_points_of_every_question(results, student, assignment):
    questions = results[student, assignment]["questions"]
    got = {question: entry["points"] for question, entry in questions.items()}
    assert got == pytest.approx(EXPECTED[student, assignment], abs=0.005)


def test_the_readme_says_the_same():
    said = {}
    lines = (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    (_, *names), _, *students = rows
    for student, *cells in students:
        for name, cell in zip(names, cells, strict=True):
            if points := re.match(r"\*\*([\d.]+)\*\* ", cell):
                said[student, name.strip("`")] = float(points[1])
    assert said == pytest.approx({key: sum(points.values()) for key, points in EXPECTED.items()}, abs=0.005)


def test_what_was_not_handed_in_is_no_zero(run, results):
    _, out = run
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert ("kofi", "im2col") not in results
    assert (rows["kofi"]["im2col"], float(rows["ines"]["im2col"])) == ("", 0.0)


def test_an_endless_loop_costs_its_own_question(results):
    ended = outcomes(results["goran", "im2col"])
    assert ended.pop("pooling") == {"timeout"}
    assert set.union(*ended.values()) == {"passed"}


def test_a_cell_that_raises_costs_what_it_defines(results):
    above, within = results["farid", "im2col"], results["farid", "mnist_mlp"]
    raised = [[cell["id"] for cell in result["cells"] if cell["outcome"] == "raised"] for result in (above, within)]
    assert "answer-one_hot" in raised[1]
    assert (len(raised[0]), above["points"]) == (1, 10)
    ended = outcomes(within)
    assert ended.pop("one_hot") == {"missing"}
    assert set.union(*ended.values()) == {"passed"}


def test_nothing_is_gained_by_cheating(results):
    for assignment, honest in (("im2col", {"output_size"}), ("mnist_mlp", set())):
        result = results["jonas", assignment]
        gained = {check["question"] for check in result["checks"] if check["outcome"] == "passed"}
        assert gained == honest
        assert result["cells"][-1]["outcome"] == "exited"


def test_who_never_started_is_told_so(results):
    for assignment in ("im2col", "mnist_mlp"):
        ended = outcomes(results["ines", assignment])
        assert set.union(*ended.values()) == {"missing"}


@pytest.mark.parametrize("path", sorted(SUBMITTED.rglob("*.ipynb")), ids=lambda path: "-".join(path.parts[-3:-1]))
def test_notebooks_are_small_and_valid(path):
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    assert path.stat().st_size < LARGEST
