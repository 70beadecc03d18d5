"""Damaged, old, huge and hostile notebook files: what is read, and what the refusal says."""

import copy
import hashlib
import json

import pytest

from autograder.errors import SubmissionError
from autograder.submission import Found, read_submission


def refused(read, content, *words, name="im2col.ipynb"):
    with pytest.raises(SubmissionError) as caught:
        read(content, name)
    text = str(caught.value)
    assert text.startswith(f"`{name}`: ")
    assert "Fix: " in text
    assert len(text) < 600
    for word in words:
        assert word in text
    return text


def test_the_hash_is_that_of_the_file(read, write, answered):
    assert read(answered).sha256 == hashlib.sha256(write(answered).read_bytes()).hexdigest()


def test_invalid_json_says_where(read):
    refused(read, '{"nbformat": 4,\n "cells": [}', "no valid JSON", "line 2, column 12", "save it")


def test_a_file_cut_off_says_so(read, answered):
    refused(read, json.dumps(answered)[:-40], "ends in the middle", "cut off")


def test_merge_conflicts_are_named(read, answered):
    text = json.dumps(answered, indent=1).replace(' "cells"', '<<<<<<< HEAD\n "cells"', 1)
    refused(read, text, "merge conflict", "line 2")


def test_a_web_page_is_named(read):
    refused(read, "<!DOCTYPE html><html></html>", "web page", "download the .ipynb file itself")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty (0 bytes)"), (b" \n\t", "empty"), (b"\0" * 99, "NUL bytes")]
)
def test_empty_files(read, content, words):
    refused(read, content, words, "hand it in again")


@pytest.mark.parametrize("text", ["[1, 2]", '"notebook"', "3", "null", "true"])
def test_json_that_is_no_notebook(read, text):
    refused(read, text, "not a notebook")


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '{"cells":' + "[" * 100_000 + "]" * 100_000 + "}"])
def test_nesting_bombs_are_refused(read, text):
    refused(read, text, "nested too deeply")


def test_numbers_of_thousands_of_digits_are_refused(read):
    refused(read, '{"nbformat": ' + "9" * 10_000 + "}", "number too long")


def test_more_values_than_a_notebook_can_hold_are_refused(read):
    refused(
        read, '{"nbformat": 4, "cells": [' + "[]," * 3_100_000 + "[]]}", "too many values", "Restart & Clear Output"
    )


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, "no version"),
        (5, "version `5`"),
        (1, "version `1`"),
        ("4", "version"),
        (True, "version"),
        ([4], "version"),
    ],
)
def test_unknown_versions_are_refused(read, answered, version, words):
    answered["nbformat"] = version
    refused(read, answered, words, "save it")


def test_any_minor_version_of_4_is_read(read, answered):
    answered["nbformat_minor"] = 0
    for cell in answered["cells"]:
        cell.pop("id")
    assert len(read(answered).cells) == 5


@pytest.mark.parametrize("version", [2, 3])
def test_old_notebooks_are_read_with_a_note(read, answered, version):
    cells = []
    for cell in answered["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": {}}
        cells.append(
            old | {"input" if cell["cell_type"] == "code" else "source": cell["source"].splitlines(keepends=True)}
        )
    cells[3] = {"cell_type": "heading", "level": 2, "source": ["Old ", "heading"]}
    submission = read({"nbformat": version, "metadata": {}, "worksheets": [{"cells": cells[:6]}, {"cells": cells[6:]}]})
    assert [cell.id for cell in submission.cells][:3] == ["parameters", "setup-1", "answer-im2col"]
    assert submission.cells[2].label == "cell 5, under *Old heading*"
    assert f"of version {version}" in submission.notes[0]
    assert "save it" in submission.notes[0]


@pytest.mark.parametrize("sheets", [None, 3, "x", [3], [{"cells": 5}], [{}]])
def test_old_notebooks_with_odd_worksheets_have_no_code(read, sheets):
    refused(read, {"nbformat": 3, "worksheets": sheets}, "no code cell")


@pytest.mark.parametrize("value", [None, 3, "text", {"0": {}}])
def test_cells_that_are_no_list_are_refused(read, answered, value):
    answered["cells"] = value
    refused(read, answered, "`cells`", "not a list of cells")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (None, "Cell 12 is missing, not a cell"),
        ("x = 1", "Cell 12 is text, not a cell"),
        ({}, "Cell 12 says no known `cell_type`"),
        ({"cell_type": ["code"], "source": "x"}, "Cell 12 says no known `cell_type`"),
        ({"cell_type": "code"}, "Cell 12: its `source` is missing, not text"),
        ({"cell_type": "code", "source": 3}, "Cell 12: its `source` is a number, not text"),
        ({"cell_type": "code", "source": ["x", 3]}, "Cell 12: its `source` is a list that holds more than text"),
    ],
)
def test_one_broken_cell_costs_only_itself(read, answered, cell, words):
    answered["cells"].append(cell)
    submission = read(answered)
    assert len(submission.cells) == 5
    (note,) = submission.notes
    assert note.startswith(words)
    assert "left out" in note
    assert "Fix: " in note


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": None}, {"metadata": []}, {"metadata": {"nbgrader": 3}},
        {"metadata": {"nbgrader": {"grade_id": []}}},
        {"metadata": {"tags": "demo"}}, {"metadata": {"tags": [3, {}]}}, {"id": {"a": 1}}, {"id": None}, {"outputs": 3},
    ],
)  # fmt: skip
def test_odd_metadata_is_ignored(read, answered, new_cell, more):
    answered["cells"].append(new_cell("x = 1", **more))
    assert read(answered).cells[-1].source == "x = 1"


@pytest.mark.parametrize("metadata", [None, 3, {"autograder": []}, {"autograder": {"assignment": ["x"]}}])
def test_odd_notebook_metadata_is_ignored(read, answered, metadata):
    answered["metadata"] = metadata
    assert len(read(answered).cells) == 5


def test_source_may_be_a_list_of_lines(read, answered, new_cell):
    answered["cells"].append(new_cell(["x = 1\n", "y = 2"]))
    assert read(answered).cells[-1].source == "x = 1\ny = 2"


def test_line_ends_of_windows_are_read(read, answered, new_cell):
    answered["cells"].append(new_cell("x = 1\r\ny = 2\rz = 3"))
    assert read(answered).cells[-1].source == "x = 1\ny = 2\nz = 3"


def test_nul_characters_are_removed_with_a_note(read, answered, new_cell):
    answered["cells"].append(new_cell("x = '\0'"))
    submission = read(answered)
    assert submission.cells[-1].source == "x = ''"
    assert submission.notes == ("Cell 12 held NUL characters; they were removed.",)


def test_halves_of_surrogate_pairs_do_not_get_through(read, write, answered, new_cell):
    answered["cells"].append(new_cell("x = '\ud83d' + '\ud83d\ude00'"))
    source = read(answered).cells[-1].source
    assert source == "x = '\ufffd' + '\U0001f600'"


def test_a_byte_order_mark_is_no_problem(read, answered):
    assert len(read(b"\xef\xbb\xbf" + json.dumps(answered).encode()).cells) == 5


@pytest.mark.parametrize(
    ("encoding", "words"), [("utf-16", "UTF-16"), ("cp949", "CP949 (Korean Windows)"), ("latin-1", "Latin-1")]
)
def test_other_encodings_are_named_with_the_byte(read, answered, encoding, words):
    answered["cells"].append({"cell_type": "markdown", "source": "é" if encoding == "latin-1" else "한글"})
    content = json.dumps(answered, ensure_ascii=False, indent=0).encode(encoding)
    refused(read, content, "not UTF-8", "byte 0x", "line ", words, "save it as UTF-8")


@pytest.mark.parametrize(("content", "words"), [(b"PK\x03\x04\xff\xff", "a zip"), (b"%PDF-1.7\xff", "a PDF")])
def test_other_formats_are_named(read, content, words):
    refused(read, content, words, "the notebook itself")


def test_fifty_megabytes_of_outputs_are_read_with_a_note(read, answered):
    answered["cells"][6]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x" * 1000] * 50_000}]
    submission = read(answered)
    assert len(submission.cells) == 5
    assert submission.notes == ("The file is 50 MB large; its saved outputs were ignored.",)


def test_more_than_a_hundred_megabytes_are_refused_unread(read, tmp_path, assignment, cells):
    path = tmp_path / "im2col.ipynb"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(100 * 2**20 + 1)
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, assignment, cells)
    assert str(caught.value) == (
        "`im2col.ipynb`: it is larger than 100 MB. "
        "Fix: clear the outputs (Kernel → Restart & Clear Output), save, and hand it in again."
    )


def test_megabytes_of_code_are_refused(read, answered, new_cell):
    answered["cells"].append(new_cell("data = '" + "x" * 600_000 + "'"))
    refused(read, answered, "its code is 586 KB long", "pasted data")


def test_thousands_of_code_cells_are_refused(read, answered, new_cell):
    answered["cells"] += [new_cell("1")] * 5_001
    refused(read, answered, "more than 5,000 code cells")


def test_tens_of_thousands_of_cells_are_refused(read, answered):
    answered["cells"] = [3] * 20_001
    refused(read, answered, "20,001 cells")


def test_no_code_is_refused(read, answered):
    answered["cells"] = [{"cell_type": "markdown", "source": "# Hello"}, {"cell_type": "code", "source": "\n# x\n"}]
    refused(read, answered, "no code cell with anything in it", "hand in the notebook with your answers")
    answered["cells"] = []
    refused(read, answered, "no code cell")


def test_no_readable_code_says_why(read, answered):
    answered["cells"] = [{"cell_type": "code", "source": 3}]
    refused(read, answered, "no code cell", "Cell 1: its `source` is a number")


@pytest.mark.parametrize(
    "source", ["(" * 100_000, "-" * 100_000 + "1", "x" + ".y" * 50_000, "x" + "+x" * 50_000, "9" * 9000]
)
def test_hostile_python_is_kept_for_the_worker_to_refuse(read, answered, new_cell, source):
    answered["cells"].append(new_cell(source))
    assert read(answered).cells[-1].source == source


@pytest.mark.parametrize(
    ("heading", "label"),
    [
        ("## The `im2col` *step* ##", "cell 13, under *The im2col step*"),
        ("# One\ntext\n## Two [link](http://x)", "cell 13, under *Two link*"),
        ("# One\n```\n# no heading\n```", "cell 13, under *One*"),
        ("## a\x1b[31m\u202eb", "cell 13, under *a[31mb*"),
        ("#no heading", "cell 13, under *Forward*"),
        ("# " + "x" * 900, "cell 13, under *" + "x" * 59 + "…*"),
        (["# Lis", "ted"], "cell 13, under *Listed*"),
        (3, "cell 13, under *Forward*"),
    ],
)
def test_headings_are_plain_short_and_safe(read, answered, new_cell, heading, label):
    answered["cells"] += [{"cell_type": "markdown", "source": heading}, new_cell("x = 1")]
    assert read(answered).cells[-1].label == label


def test_missing_files_folders_and_other_formats(write, tmp_path, assignment, cells):
    for path, words in [
        (tmp_path / "no.ipynb", "does not exist"),
        (tmp_path, "is a folder"),
        (write("x", "answer.txt"), "neither a notebook nor a .py file"),
    ]:
        with pytest.raises(SubmissionError, match=words) as caught:
            read_submission(path, assignment, cells)
        assert "Fix: " in str(caught.value)


def test_an_unreadable_file_says_so(monkeypatch, write, answered, assignment, cells):
    path = write(answered)

    def deny(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", deny)
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, assignment, cells)
    assert "`im2col.ipynb`: it cannot be read (Permission denied). Fix: make it readable" in str(caught.value)


def test_a_found_file_brings_its_student_and_its_problem(write, answered, assignment, cells):
    path = write(answered)
    assert read_submission(Found("lee", "im2col", path), assignment, cells).student == "lee"
    with pytest.raises(SubmissionError, match="two files"):
        read_submission(Found("lee", "im2col", path, "two files"), assignment, cells)


def test_a_loaded_notebook_is_not_changed(read, answered):
    before = copy.deepcopy(answered)
    read(answered)
    assert answered == before
