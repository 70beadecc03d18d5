"""The notebook with scores: nbgrader reads exactly the points, whatever the student did to the cells."""

import json
import os

import nbformat
import pytest

nbgrader = pytest.importorskip("nbgrader")

from nbgrader.nbgraderformat import MetadataValidator  # noqa: E402
from nbgrader.utils import determine_grade, is_grade  # noqa: E402

from autograder.errors import KitError  # noqa: E402
from autograder.records import write_scored_notebook  # noqa: E402


@pytest.fixture
def scored(tmp_path, course):
    """Write what a student handed in, score it, and read it as nbgrader does: valid in both formats."""

    def score(submitted, result, suffix=".ipynb"):
        path = tmp_path / f"submitted{suffix}"
        path.write_text(submitted if isinstance(submitted, str) else json.dumps(submitted), encoding="utf-8")
        target = tmp_path / "autograded" / "ann" / "im2col" / "im2col.ipynb"
        write_scored_notebook(path, result, target, course.assignments["im2col"])
        notebook = nbformat.read(target, as_version=4)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        return notebook

    return score


def grades(notebook):
    """grade_id -> (points, maximum) as nbgrader's own SaveAutoGrades determines them."""
    cells = [cell for cell in notebook.cells if is_grade(cell)]
    found = {cell.metadata.nbgrader.grade_id: determine_grade(cell) for cell in cells}
    assert len(found) == len(cells), "a grade cell twice"
    return found


FULL = {"check-output_size": (1, 1), "check-im2col": (3, 3), "check-forward": (2.5, 2.5)}


@pytest.mark.parametrize("points", [0, 3, 1, 1.5, 2 / 3, 0.1 + 0.2, 1e-9, 3 - 1e-15])
def test_nbgrader_reads_the_points_to_the_last_digit(scored, result, notebook, points):
    found = grades(scored(notebook("im2col"), result("ann", im2col=points)))
    assert found["check-im2col"] == (points, 3)
    assert found["check-forward"] == (2.5, 2.5)


@pytest.mark.parametrize("points", [3.0000000000000004, 4, -1])
def test_points_outside_the_range_fail_no_submission(scored, result, notebook, points):
    found = grades(scored(notebook("im2col"), result("ann", im2col=points)))
    assert found["check-im2col"] == (3 if points > 3 else 0, 3)


def test_a_grade_cell_has_one_output_with_the_number_and_the_checks(scored, result, notebook):
    submitted = notebook("im2col")
    for cell in submitted["cells"][1:]:
        cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "UserWarning: torch"}]
    saved = scored(submitted, result("ann", im2col=1.5))
    check = next(cell for cell in saved.cells if cell.id == "check-im2col")
    assert [output.output_type for output in check.outputs] == ["execute_result"]
    assert check.outputs[0].data["text/plain"] == "1.5"
    html = check.outputs[0].data["text/html"]
    for words in ("1.5 of 3 points", "✗", "failed", "im2col is right.", "Row 3 is 2.0, expected 1.0.", "Count again."):
        assert words in html


def test_outputs_of_other_cells_stay_as_they_are(scored, result, notebook):
    submitted = notebook("im2col")
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 100_000},
        {"output_type": "display_data", "data": {"image/png": "aGk="}, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "7"}, "metadata": {}, "execution_count": 3},
    ]
    submitted["cells"][2].update(outputs=outputs, execution_count=3, source="def output_size(): return 7")
    cell = scored(submitted, result("ann")).cells[2]
    assert (cell.outputs, cell.execution_count, cell.source) == (outputs, 3, "def output_size(): return 7")
    assert cell.metadata.nbgrader.solution


def test_output_html_survives_the_sanitizer_and_the_students_script_does_not(scored, result, notebook):
    """`c.HTMLExporter.sanitize_html = True` guards whoever opens a student's notebook in formgrader."""
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    submitted = notebook("im2col")
    data = {"text/html": "<script>alert(1)</script>", "text/plain": "x"}
    submitted["cells"][2]["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    saved = scored(submitted, result("ann", im2col=0))
    before = next(cell for cell in saved.cells if cell.id == "check-im2col").outputs[0].data["text/html"]
    SanitizeHTML().preprocess(saved, {})
    after = next(cell for cell in saved.cells if cell.id == "check-im2col").outputs[0].data["text/html"]
    assert after.split() == before.split()
    assert "<script" not in saved.cells[2].outputs[0].data["text/html"]


def test_texts_in_the_list_of_checks_are_escaped(scored, result, notebook):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    value = result("ann", im2col=0)
    value["checks"][1] |= dict.fromkeys(("message", "title", "tried", "hint", "diagnosis"), evil)
    value["problem"] = evil
    saved = scored(notebook("im2col"), value)
    html = next(cell for cell in saved.cells if cell.id == "check-im2col").outputs[0].data["text/html"]
    assert html.count("&lt;script&gt;") == 6
    assert "<script" not in html
    assert "<img" not in html


def test_locked_cells_show_what_was_graded(scored, result, notebook):
    submitted = notebook("im2col")
    submitted["cells"][1]["source"] = "import os; os._exit(0)"
    submitted["cells"][3]["source"] = "3"
    saved = scored(submitted, result("ann"))
    assert saved.cells[1].source == "import torch"
    assert saved.cells[3].source == 'check("im2col", question="output_size")'


def test_a_removed_grade_cell_stands_at_the_end(scored, result, notebook):
    submitted = notebook("im2col")
    submitted["cells"] = [cell for cell in submitted["cells"] if cell["id"] != "check-im2col"]
    saved = scored(submitted, result("ann", im2col=2))
    assert grades(saved) == {**FULL, "check-im2col": (2, 3)}
    assert saved.cells[-1].id == "check-im2col"


def test_a_copied_grade_cell_counts_once(scored, result, notebook):
    submitted = notebook("im2col")
    submitted["cells"] += [dict(submitted["cells"][3]), dict(submitted["cells"][3])]
    saved = scored(submitted, result("ann"))
    assert grades(saved) == FULL
    assert len({cell.id for cell in saved.cells}) == len(saved.cells) == 10


def test_stripped_metadata_and_new_cell_ids_are_recognised_by_source(scored, result, notebook):
    submitted = notebook("im2col")
    for index, cell in enumerate(submitted["cells"]):
        cell["metadata"] = {}
        cell["id"] = f"new-{index}"
    saved = scored(submitted, result("ann"))
    assert grades(saved) == FULL
    assert len(saved.cells) == 8


def test_stripped_metadata_with_the_cell_ids_left_keep_their_answers_recognised(scored, result, notebook):
    """Without it formgrader has no place for a comment on the answer."""
    submitted = notebook("im2col")
    for cell in submitted["cells"]:
        cell["metadata"] = {}
    submitted["cells"][2]["source"] = "def output_size(): return 7"
    saved = scored(submitted, result("ann"))
    assert saved.cells[2].metadata.nbgrader["grade_id"] == "answer-output_size"
    assert saved.cells[2].source == "def output_size(): return 7"


@pytest.mark.parametrize("released", ["code", "markdown"])
def test_a_locked_cell_of_another_type_is_what_was_released(scored, result, notebook, course, released):
    """The student turned a code cell into text or text into code."""
    path = course.assignments["im2col"].released / "im2col.ipynb"
    kit = json.loads(path.read_text())
    kit["cells"][1]["cell_type"] = released
    if released == "markdown":
        del kit["cells"][1]["outputs"], kit["cells"][1]["execution_count"]
    path.write_text(json.dumps(kit))
    submitted = notebook("im2col")
    if released == "code":
        submitted["cells"][1] |= {"cell_type": "markdown"}
    saved = scored(submitted, result("ann"))
    assert saved.cells[1].cell_type == released
    assert saved.cells[1].source == "import torch"


def test_more_points_in_the_students_metadata_give_no_more_points(scored, result, notebook):
    submitted = notebook("im2col")
    submitted["cells"][3]["metadata"]["nbgrader"].update(points=1000, solution=True, schema_version=99)
    assert grades(scored(submitted, result("ann"))) == FULL


def cheat(points=1000, **changes):
    meta = {"grade": True, "grade_id": "bonus", "solution": False, "locked": False, "task": False}
    output = {"output_type": "execute_result", "data": {"text/plain": "1000"}, "metadata": {}, "execution_count": 1}
    cell = {"id": "bonus", "cell_type": "code", "source": "1000", "outputs": [output], "execution_count": 1}
    return {**cell, "metadata": {"nbgrader": {**meta, "schema_version": 3, "points": points}}, **changes}


HOSTILE_CELLS = [
    cheat(),
    cheat(metadata={"nbgrader": "yes"}),
    cheat(metadata={"nbgrader": {"grade": True}}),
    cheat(metadata={"nbgrader": {"grade_id": ["check-im2col"], "grade": True}}),
    cheat(metadata={"nbgrader": None, "tags": [[]], "collapsed": "no", "jupyter": 3}),
    cheat(metadata=[]),
    cheat(metadata=None),
    cheat(cell_type="markdown"),
    cheat(cell_type="sql"),
    cheat(cell_type=["code"]),
    cheat(source=[1, "x", None]),
    cheat(source={"a": 1}),
    cheat(source=None),
    cheat(outputs="text"),
    cheat(outputs=None),
    cheat(outputs=[{"output_type": "execute_result"}, {"output_type": "nonsense"}, 3, None, []]),
    cheat(outputs=[{"output_type": "error", "ename": 1, "evalue": [], "traceback": "x"}]),
    cheat(execution_count=-1),
    cheat(execution_count=True),
    cheat(execution_count="1"),
    cheat(id="x" * 65),
    cheat(id="a b"),
    cheat(id=7),
    cheat(id="check-im2col", metadata={}),
    cheat(id="text-1"),
    cheat(attachments={"a.png": {"image/png": 1}}, cell_type="markdown"),
    cheat(attachments=[], cell_type="raw"),
    cheat(id="\ud800", source="\ud800"),
]


@pytest.mark.parametrize("cell", HOSTILE_CELLS, ids=range(len(HOSTILE_CELLS)))
@pytest.mark.parametrize("place", [0, 99])
def test_a_hostile_cell_neither_breaks_the_notebook_nor_earns_a_point(scored, result, notebook, cell, place):
    submitted = notebook("im2col")
    submitted["cells"].insert(place, cell)
    assert grades(scored(submitted, result("ann", im2col=1))) == {**FULL, "check-im2col": (1, 3)}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", "[" * 100_000, '{"nbformat": 4}', '{"nbformat": "4", "cells": []}',
     '{"nbformat": 4, "cells": {"a": 1}}', '{"nbformat": 4, "cells": 7}', '{"nbformat": 2}', "{}", '{"nbformat": null}',
     '{"nbformat": 4, "metadata": [], "cells": [null, 1, "x"]}', "\x00"],
)  # fmt: skip
def test_of_a_file_that_is_no_notebook_the_grade_cells_remain(scored, result, text):
    unreadable = {**result("ann"), "status": "unreadable", "points": 0, "questions": {}, "checks": []}
    unreadable["problem"] = "This is no notebook."
    saved = scored(text, unreadable)
    assert grades(saved) == {"check-output_size": (0, 1), "check-im2col": (0, 3), "check-forward": (0, 2.5)}
    assert "This is no notebook." in saved.cells[0].outputs[0].data["text/html"]


def test_no_file_at_all_leaves_the_grade_cells(tmp_path, course, result):
    target = tmp_path / "out.ipynb"
    write_scored_notebook(tmp_path / "nothing.ipynb", result("ann"), target, course.assignments["im2col"])
    assert grades(nbformat.read(target, as_version=4)) == FULL


def test_a_python_file_becomes_one_cell(scored, result):
    saved = scored("def im2col():\n    return '한'\n", result("ann"), suffix=".py")
    assert saved.cells[0].source == "def im2col():\n    return '한'\n"
    assert grades(saved) == FULL


def test_a_notebook_of_version_3_is_upgraded(scored, result):
    cell = {"cell_type": "code", "language": "python", "input": "x = 1", "outputs": [], "metadata": {}}
    sheet = {"cells": [cell], "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    saved = scored(old, result("ann"))
    assert saved.cells[0].source == "x = 1"
    assert grades(saved) == FULL


def test_what_we_failed_to_grade_gets_no_full_points(scored, result, notebook):
    """Without a number nbgrader gives full points."""
    broken = result("ann")
    broken["checks"][1]["outcome"] = "error"
    saved = scored(notebook("im2col"), broken)
    assert grades(saved)["check-im2col"] == (0, 3)
    html = next(cell for cell in saved.cells if cell.id == "check-im2col").outputs[0].data["text/html"]
    assert "not graded yet" in html


def test_writing_twice_gives_the_same_bytes(tmp_path, course, result, notebook):
    (tmp_path / "s.ipynb").write_text(json.dumps(notebook("im2col")))
    for name in "ab":
        write_scored_notebook(tmp_path / "s.ipynb", result("ann"), tmp_path / name, course.assignments["im2col"])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_scored_notebook_scored_again_is_the_same(tmp_path, course, result, notebook):
    (tmp_path / "s.ipynb").write_text(json.dumps(notebook("im2col")))
    write_scored_notebook(tmp_path / "s.ipynb", result("ann"), tmp_path / "a.ipynb", course.assignments["im2col"])
    write_scored_notebook(tmp_path / "a.ipynb", result("ann"), tmp_path / "b.ipynb", course.assignments["im2col"])
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()


def test_a_full_disk_is_an_error_with_words(tmp_path, course, result, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KitError, match=r"cannot write out\.ipynb: the disk is full"):
        write_scored_notebook(tmp_path / "x", result("ann"), tmp_path / "out.ipynb", course.assignments["im2col"])


def test_nbgraders_save_auto_grades_records_these_points(tmp_path, course, result, notebook):
    """The path of `nbgrader autograde`, on a gradebook that knows the class: same scores from both sides."""
    from nbgrader.api import Gradebook
    from nbgrader.preprocessors import SaveAutoGrades

    from autograder.records import write_gradebook

    db = f"sqlite:///{tmp_path}/gradebook.db"
    value = result("ann", im2col=2 / 3)
    write_gradebook(db, [result("ann", im2col=0)], course)
    (tmp_path / "s.ipynb").write_text(json.dumps(notebook("im2col")))
    write_scored_notebook(tmp_path / "s.ipynb", value, tmp_path / "a.ipynb", course.assignments["im2col"])
    saved = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    resources = {"nbgrader": {"notebook": "im2col", "assignment": "im2col", "student": "ann", "db_url": db}}
    SaveAutoGrades().preprocess(saved, resources)
    with Gradebook(db) as gradebook:
        assert gradebook.find_grade("check-im2col", "im2col", "im2col", "ann").auto_score == 2 / 3
    write_gradebook(db, [value], course)
    with Gradebook(db) as gradebook:
        grade = gradebook.find_grade("check-im2col", "im2col", "im2col", "ann")
        assert (grade.auto_score, grade.needs_manual_grade) == (2 / 3, False)
