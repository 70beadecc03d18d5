"""Which cells of a notebook are graded, in which order, and what the notes say."""

import copy

import pytest

from autograder.submission import read_submission

LOST = (
    "The cells have lost nbgrader's metadata, as some notebook hosts do; "
    "cells were told by their ids, their text and what they define."
)


def of(submission, kind):
    return [cell.id for cell in submission.cells if cell.kind == kind]


def at(notebook, name):
    return next(number for number, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def source_of(submission, name):
    return next(cell.source for cell in submission.cells if cell.id == name)


def test_an_ordinary_notebook_is_parameters_setup_and_answers(read, answered):
    submission = read(answered)
    assert [cell.id for cell in submission.cells] == [
        "parameters", "setup-1", "answer-im2col", "setup-2", "answer-forward",
    ]  # fmt: skip
    assert (submission.student, submission.assignment, submission.notes) == ("kim", "im2col", ())
    assert "images.transpose()" in source_of(submission, "answer-im2col")


def test_labels_count_all_cells_and_name_the_heading_above(read, answered):
    labels = [cell.label for cell in read(answered).cells if cell.kind == "answer"]
    assert labels == ["cell 5, under *Columns*", "cell 10, under *Forward*"]


def test_the_untouched_notebook_is_read_and_says_so(read, released):
    submission = read(released)
    assert "raise NotImplementedError()" in source_of(submission, "answer-im2col")
    assert submission.notes == ("No answer was changed from the released notebook.",)


def test_one_answer_is_enough_to_have_begun(read, released):
    released["cells"][at(released, "answer-im2col")]["source"] += "\n    # mine"
    assert read(released).notes == ()


def test_checks_and_demos_never_run(read, answered):
    text = "\n".join(cell.source for cell in read(answered).cells)
    assert "question=" not in text
    assert "print(columns)" not in text


def test_given_cells_come_back_when_deleted(read, answered):
    answered["cells"] = [cell for cell in answered["cells"] if not cell["id"].startswith(("setup", "parameters"))]
    assert [cell.id for cell in read(answered).cells] == [
        "parameters", "setup-1", "answer-im2col", "setup-2", "answer-forward",
    ]  # fmt: skip


def test_a_changed_given_cell_is_replaced_but_additions_are_kept(read, answered):
    cell = answered["cells"][at(answered, "setup-1")]
    cell["source"] = "import numpy as np\nimport math\ndef given(x):\n    return 0\ndef helper():\n    return 1\n"
    submission = read(answered)
    assert "return x" in source_of(submission, "setup-1")
    (own,) = [cell for cell in submission.cells if cell.kind == "other"]
    assert own.source.split() == ["import", "math", "def", "helper():", "return", "1"]
    assert own.source.split("\n")[4] == "def helper():"  # on its line of the student's cell
    (note,) = submission.notes
    assert note.startswith("Cell 2 is given code and was changed; the kit's own is graded.")
    assert "`math`" in note
    assert "`helper`" in note
    assert "`given`" not in note


def test_changed_parameters_are_replaced_without_a_word(read, answered):
    answered["cells"][at(answered, "parameters")]["source"] = "device = 'cuda'\nepochs = 500"
    submission = read(answered)
    assert "epochs: int = 2" in source_of(submission, "parameters")
    assert submission.notes == ()
    assert "500" not in "".join(cell.source for cell in submission.cells)


def test_a_changed_demo_keeps_definitions_and_imports_only(read, answered):
    cell = answered["cells"][at(answered, "demo-1")]
    cell["source"] = "%matplotlib inline\nfrom math import tau\ndef pad(x):\n    return x\nwhile True:\n    pass"
    submission = read(answered)
    (own,) = [cell for cell in submission.cells if cell.kind == "other"]
    assert "while" not in own.source
    assert own.source.split("\n")[2:] == ["def pad(x):", "    return x"]
    assert own.label == "cell 7, under *Columns*"
    assert submission.notes == (
        "Cell 7 is a check or demo, which is not run; kept from it: the import of `math`, `pad`.",
    )


def test_an_answer_written_into_a_check_cell_counts(read, answered):
    answered["cells"][at(answered, "answer-im2col")]["source"] = ""
    answered["cells"][at(answered, "check-im2col")]["source"] = (
        f"{'check()'}\n\n@staticmethod\ndef im2col(x):\n    return x"
    )
    submission = read(answered)
    assert source_of(submission, "answer-im2col").strip().startswith("@staticmethod\ndef im2col")
    assert "missing" not in "".join(submission.notes)


def test_own_cells_are_kept_whole_and_in_place(read, answered, new_cell):
    answered["cells"].insert(at(answered, "answer-im2col"), new_cell("TWICE = 2\nprint(TWICE)"))
    submission = read(answered)
    assert [cell.id for cell in submission.cells] == [
        "parameters", "setup-1", "cell-5", "answer-im2col", "setup-2", "answer-forward",
    ]  # fmt: skip
    assert source_of(submission, "cell-5") == "TWICE = 2\nprint(TWICE)"
    assert submission.cells[2].label == "cell 5, under *Columns*"


def test_a_doubled_answer_is_kept_twice_in_order_and_noted(read, answered):
    cell = copy.deepcopy(answered["cells"][at(answered, "answer-im2col")])
    cell["source"] += "  # second"
    answered["cells"].append(cell)
    submission = read(answered)
    assert of(submission, "answer") == ["answer-im2col", "answer-forward", "answer-im2col-2"]
    assert "second" in source_of(submission, "answer-im2col-2")
    assert submission.notes == ("`im2col` is answered in cell 5 and cell 12: all run, and the last definition counts.",)


def test_a_later_definition_in_an_own_cell_is_an_answer(read, answered, new_cell):
    answered["cells"].append(new_cell("def im2col(images):\n    return None"))
    submission = read(answered)
    assert submission.cells[-1].kind == "answer"
    assert "cell 5 and cell 12" in submission.notes[0]


def test_missing_answers_are_named_with_their_heading(read, answered):
    del answered["cells"][at(answered, "answer-forward")]
    assert read(answered).notes == ("The cell of `forward` (under *Forward*) is missing.",)


def test_the_wrong_notebook_is_noted(read, answered, new_cell):
    answered["metadata"]["autograder"]["assignment"] = "mnist_mlp"
    answered["cells"] = [new_cell("x = 1")]
    assert read(answered).notes == (
        "The notebook says it is `mnist_mlp`; it was graded as `im2col`.",
        "None of this assignment's answers is in the file. Is it the right one?",
    )


def test_without_ids_and_metadata_the_same_cells_are_graded(read, answered, stripped):
    assert [cell.id for cell in read(stripped).cells] == [cell.id for cell in read(answered).cells]
    assert read(stripped).notes == (LOST,)


def test_without_ids_spaces_do_not_hide_a_kit_cell(read, stripped, answered):
    for cell in stripped["cells"]:
        if cell["cell_type"] == "code" and "given" in cell["source"]:
            cell["source"] = cell["source"].replace("\n", "   \r\n\r\n")
    assert [cell.id for cell in read(stripped).cells] == [cell.id for cell in read(answered).cells]


def test_without_ids_the_untouched_notebook_is_known(read, released):
    for cell in released["cells"]:
        cell.pop("id")
        cell.pop("metadata")
    assert read(released).notes == ("No answer was changed from the released notebook.", LOST)


@pytest.mark.parametrize(
    "source",
    [
        'check("im2col")',
        "check()",
        "# try\nfrom autograder import check\ncheck(question='forward')",
        "import autograder\nautograder.check()",
    ],
)
def test_a_cell_that_begins_with_check_is_dropped(read, answered, new_cell, source):
    answered["cells"].append(new_cell(source))
    assert of(read(answered), "other") == []


def test_a_check_of_the_students_own_is_kept(read, answered, new_cell):
    answered["cells"].append(new_cell("check(im2col(3))"))
    assert of(read(answered), "other") == ["cell-12"]


def test_a_check_call_inside_an_answer_is_blanked(read, answered):
    answered["cells"][at(answered, "answer-im2col")]["source"] += '\n\ncheck("im2col")\nprint("done")'
    lines = source_of(read(answered), "answer-im2col").split("\n")
    assert lines[-2:] == ['pass  # check("im2col")', 'print("done")']


def test_given_code_precedes_the_answers_it_precedes_in_the_source(read, answered):
    answered["cells"].append(answered["cells"].pop(at(answered, "setup-2")))
    ids = [cell.id for cell in read(answered).cells]
    assert ids.index("setup-2") < ids.index("answer-forward")
    assert ids.count("setup-2") == 1


def test_papermill_leftovers_do_not_run(read, answered, new_cell):
    answered["cells"].insert(4, new_cell("epochs = 900", metadata={"tags": ["injected-parameters"]}))
    submission = read(answered)
    assert of(submission, "other") == []
    assert submission.notes == ()


def test_a_cell_tagged_edit_is_the_students_own(read, answered, new_cell):
    answered["cells"].append(new_cell("x = 1", metadata={"tags": ["edit"]}))
    assert of(read(answered), "other") == ["cell-12"]


def test_ids_are_unique_whatever_the_file_says(read, answered, new_cell):
    twin = new_cell("x = 1", id="answer-im2col")
    answered["cells"] += [twin, twin, new_cell("y = 2", metadata={"nbgrader": {"grade_id": "answer-im2col"}})]
    ids = [cell.id for cell in read(answered).cells]
    assert len(ids) == len(set(ids)) == 8


def test_notes_do_not_grow_without_end(read, answered, new_cell):
    answered["cells"] += [new_cell("!ls") for _ in range(100)]
    notes = read(answered).notes
    assert len(notes) == 41
    assert notes[-1] == "There are 60 more remarks of this kind."


def test_reading_twice_gives_the_same(read, answered):
    assert read(answered) == read(answered)


def test_without_the_source_the_files_own_given_code_is_kept(write, answered, assignment):
    answered["cells"][at(answered, "demo-1")]["source"] = "print(1)\ndef plot():\n    pass"
    submission = read_submission(write(answered), assignment, [])
    assert [cell.label.partition(",")[0][5:] for cell in submission.cells] == ["2", "3", "5", "7", "9", "10"]
    assert submission.cells[3].source == "\ndef plot():\n    pass"
    assert submission.cells[1].source == 'device: str = "auto"\nepochs: int = 2'
    assert submission.notes == ()
