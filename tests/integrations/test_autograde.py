"""`nbgrader autograde` on whatever students hand in: graded as far as possible, told in words; nothing runs here."""

import json
import re

import nbformat
import pytest

FULL = {"double": 2, "mean": 2, "counter": 1}


def cell_of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def without(notebook, *names):
    return {**notebook, "cells": [cell for cell in notebook["cells"] if cell["id"] not in names]}


def deleted(toy):
    return without(toy.notebook(), "check-double")


def doubled(toy):
    notebook = toy.notebook()
    notebook["cells"] += [cell_of(notebook, "check-mean"), cell_of(notebook, "answer-double")]
    return notebook


def locked(toy):
    notebook = toy.notebook()
    cell_of(notebook, "check-double")["source"] = "1000"
    cell_of(notebook, "setup-1")["source"] = "import numpy as np\nnp.sum = None"
    return notebook


def stripped(toy):
    notebook = toy.notebook()
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"], cell["id"] = {}, f"host-{number}"
    return {**notebook, "metadata": {}}


def older(toy):
    notebook = without(toy.notebook(), "answer-counter", "check-counter")
    notebook["metadata"]["autograder"]["questions"] = {"double": 2, "mean": 3}
    return notebook


def noisy(toy):
    """What costs points in plain nbgrader: a warning beside a check, a number above the maximum, no number."""
    body = "    warnings.warn('x')\n    print(9, file=sys.stderr)\n    return 2 * x"
    notebook = toy.notebook(double=f"import sys, warnings\n\ndef double(x):\n{body}")
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "UserWarning"}]
    return notebook


def outside(toy):
    """Writes wherever it may, when it is loaded, called, and shown."""
    leave = f"from pathlib import Path\nPath({str(toy.root / 'outside.txt')!r}).write_text('here')"
    notebook = toy.notebook(
        double=f"def double(x):\n    try:\n        exec({leave!r})\n    except OSError:\n        pass\n    return 2 * x"
    )
    own = {"id": "mine", "cell_type": "code", "metadata": {}, "source": leave, "outputs": [], "execution_count": None}
    notebook["cells"].append(own)
    notebook["cells"].append({**own, "id": "shown", "source": "print('<b>7</b>')\nimport os\nsorted(os.environ)"})
    return notebook


def partial(toy):
    return toy.notebook(mean="def mean(x):\n    return 0.0", counter=None)


CLASS = {f.__name__: f for f in (deleted, doubled, locked, stripped, older, noisy, outside, partial)}
SCRIPT = """\
import numpy as np
def double(x):
    return 2 * x
def mean(x):
    return float(double(x).mean())
"""
POINTS = {
    **dict.fromkeys([*CLASS, "fine", "renamed", "extras", "Ann Lee", "김 철수"], FULL),
    "older": {"double": 2, "mean": 2, "counter": 0},
    "partial": {"double": 2, "mean": 0, "counter": 0},
    "script": {"double": 2, "mean": 2, "counter": 0},
    **dict.fromkeys(["broken", "nothing", "several"], dict.fromkeys(FULL, 0)),
}
SAID = {
    "deleted": "The check cell of `double` is missing",
    "doubled": "The check cell of `mean` is there 2 times",
    "locked": "The check cell of `double` (cell 6) was changed",
    "stripped": "The cells have lost nbgrader's metadata",
    "renamed": "The file is called `final (2).ipynb`",
    "older": "made from another release of the assignment: `counter` was not in it, `mean` was worth 3.",
    "script": "The cell of `counter` (under *A counter*) is missing.",
    "broken": "it is no valid JSON",
    "nothing": "no notebook, only `notes.txt`",
    "several": "two files for one student",
}


def hand_in(toy):
    for name, make in CLASS.items():
        toy.hand_in(name, make(toy))
    for name in ("fine", "Ann Lee", "김 철수", "extras"):
        toy.hand_in(name)
    toy.hand_in("renamed", toy.notebook()).rename(toy.submitted / "renamed" / "toy" / "final (2).ipynb")
    toy.hand_in("script", SCRIPT, "toy.py")
    toy.hand_in("broken", b'{"nbformat": 4, ]')
    toy.hand_in("nothing", "not yet", "toy.txt").rename(toy.submitted / "nothing" / "toy" / "notes.txt")
    folder = toy.hand_in("extras").parent
    (folder / "scratch.ipynb").write_text(json.dumps(toy.notebook(double="def double(x):\n    return 0")))
    (folder / "results.json").write_text(json.dumps({"schema": 1, "points": 1000}))
    (folder / "data").mkdir()
    (folder / "data" / "big.csv").write_text("1,2\n")
    (folder / "test_public.py").write_text("raise SystemExit")
    folder = toy.hand_in("several").parent
    (folder / "toy.ipynb").rename(folder / "one.ipynb")
    (folder / "two.ipynb").write_bytes((folder / "one.ipynb").read_bytes())


@pytest.fixture(scope="module")
def lot(make_toy, tmp_path_factory):
    found = make_toy(tmp_path_factory.mktemp("toy"))
    (found.root / "submitted").mkdir()
    return type(found)(found.root, found.root / "submitted")


@pytest.fixture(scope="module")
def room(lot, classroom, wall):
    """The class above, autograded in one run that ends as nbgrader ends when all is well."""
    hand_in(lot)
    room = classroom(lot.root)
    room.nbgrader("generate_assignment", "toy")
    (lot.root.parent / "said.txt").write_text(room.nbgrader("autograde", "toy"), encoding="utf-8")
    return room


@pytest.mark.parametrize("student", POINTS)
def test_graded_as_far_as_possible(room, student):
    assert room.scores("toy")[student] == POINTS[student]


@pytest.mark.parametrize("student", SAID)
def test_what_was_found_is_said_everywhere(room, lot, student):
    """In the result, on the instructor's page, in nbgrader's log, and in what feedback is made from."""
    result = room.result(student, "toy")
    words = SAID[student]
    assert any(words in each for each in (result["problem"], *result["notes"]))
    plain = re.sub(r"[`*]", "", words)
    marked = re.compile(r"</?(?:code|em)>|[`*]")
    assert plain in marked.sub("", (lot.root / "index.html").read_text(encoding="utf-8").replace("&#39;", "'"))
    assert words in (lot.root.parent / "said.txt").read_text(encoding="utf-8")
    notebook = nbformat.read(lot.root / "autograded" / student / "toy" / "toy.ipynb", 4)
    texts = [cell.source for cell in notebook.cells[:1]]
    texts += [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output and "text/html" in output.data
    ]
    assert plain in marked.sub("", " ".join(texts).replace("&#39;", "'"))


def test_nothing_of_a_submission_runs_outside_the_wall(room, lot):
    assert not (lot.root / "outside.txt").exists()
    notebook = nbformat.read(lot.root / "autograded" / "outside" / "toy" / "toy.ipynb", 4)
    mine, shown = (next(cell for cell in notebook.cells if cell.id == name) for name in ("mine", "shown"))
    assert "it raised" in mine.outputs[0].text, "it was run, and could not write there"
    assert shown.outputs[0].text == "<b>7</b>\n"
    assert "'AUTOGRADER_WALL'" in shown.outputs[1].data["text/plain"]


def test_a_forged_result_and_other_files_do_no_harm(room, lot):
    assert room.result("extras", "toy")["points"] == 5
    folder = lot.root / "autograded" / "extras" / "toy"
    assert (folder / "data" / "big.csv").is_file()
    assert "raise SystemExit" not in (folder / "test_public.py").read_text()
    assert not (folder / "scratch.ipynb").exists()


def test_a_resubmission_without_its_check_cells_does_not_keep_the_old_score(room, lot):
    lot.hand_in("changing")
    room.nbgrader("autograde", "toy", "--student", "changing")
    assert room.scores("toy")["changing"] == FULL
    lot.hand_in("changing", without(lot.notebook(double="def double(x):\n    return x"), "check-double", "check-mean"))
    room.nbgrader("autograde", "toy", "--student", "changing", "--force")
    assert room.scores("toy")["changing"] == {"double": 0, "mean": 2, "counter": 1}


def test_no_execute_keeps_the_outputs_handed_in_and_grades_all_the_same(room, lot):
    """In plain nbgrader it gives everybody full points."""
    notebook = partial(lot)
    output = {"output_type": "stream", "name": "stdout", "text": "as handed in"}
    cell_of(notebook, "answer-double")["outputs"] = [output]
    lot.hand_in("saved", notebook)
    room.nbgrader("autograde", "toy", "--student", "saved", "--no-execute")
    assert room.scores("toy")["saved"] == POINTS["partial"]
    saved = nbformat.read(lot.root / "autograded" / "saved" / "toy" / "toy.ipynb", 4)
    assert cell_of(saved, "answer-double")["outputs"] == [output]


def test_an_unknown_assignment_and_nobody_end_in_words(room):
    assert "there is no assignment 'toi'. Fix: use 'toy'" in room.nbgrader("autograde", "toi", fine=False)
    assert "Nothing was handed in for toy" in room.nbgrader("autograde", "toy", "--student", "nobody", fine=False)
