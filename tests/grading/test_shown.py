"""Outputs that come from behind the wall: of known form, or dropped; and no end of a cell is kept from the reader."""

import base64

import nbformat
import numpy as np
import pytest

from autograder.grading.shown import MAX_PICTURES, PNG, ShownCell, shown_outputs
from autograder.sandbox.session import AnswerLost, AnswerRaised, AnswerTimeout

CELLS = [ShownCell(name, f"cell {number}", name) for number, name in enumerate("abc", 1)]


class Answers:
    """A session whose worker says what it likes."""

    def __init__(self, shows, printed=""):
        self.shows, self.printed = shows, printed

    def ask(self, operation, *args, name=""):
        answer = self.shows.get(args[0], {}) if operation == "show" else self.printed
        if isinstance(answer, Exception):
            raise answer
        return answer


def outputs(show, printed=""):
    found = shown_outputs(Answers({"a": show}, printed), CELLS[:1])["a"]
    for output in found:
        nbformat.validate(nbformat.from_dict(output), ref="output", version=4, version_minor=5)
        assert output.get("name") != "stderr"
    return found


def picture(size=20):
    return np.frombuffer(PNG + b"x" * size, dtype=np.uint8)


def test_text_picture_and_value():
    text, figure, value = outputs({"value": "7", "figures": [picture()]}, "hello\n")
    assert (text["text"], value["data"]) == ("hello\n", {"text/plain": "7"})
    assert base64.b64decode(figure["data"]["image/png"]).startswith(PNG)


@pytest.mark.parametrize(
    "show",
    [None, 7, "x", [], {"value": 7}, {"value": None, "figures": None}, {"figures": "x"}, {"figures": [b"x", 3, None]},
     {"figures": [np.frombuffer(b"<svg onload=alert(1)>", dtype=np.uint8)]}, {"figures": [picture().reshape(2, -1)]},
     {"figures": [picture().astype(np.int64)]}, {"figures": [picture(MAX_PICTURES)]}],
)  # fmt: skip
def test_what_is_no_output_is_dropped(show):
    assert outputs(show) == []


@pytest.mark.parametrize("printed", [None, 7, ["x"], AnswerLost("gone")])
def test_what_was_printed_is_text_or_nothing(printed):
    assert outputs({}, printed) == []


def test_all_pictures_of_a_notebook_together_have_a_limit():
    half = {"value": "", "figures": [picture(MAX_PICTURES // 2 - 100)]}
    found = shown_outputs(Answers(dict.fromkeys("abc", half)), CELLS)
    assert [len(found[name]) for name in "abc"] == [1, 1, 0]


def test_a_cell_that_raises_says_so_and_the_next_one_runs():
    found = shown_outputs(Answers({"a": AnswerRaised("it raised ZeroDivisionError"), "b": {"value": "2"}}), CELLS)
    assert found["a"][0]["text"] == "it raised ZeroDivisionError"
    assert found["b"][0]["data"] == {"text/plain": "2"}


@pytest.mark.parametrize("problem", [AnswerTimeout("it was stopped"), AnswerLost("its process ended")])
def test_after_the_end_of_the_process_the_other_cells_are_told_not_to_have_run(problem):
    found = shown_outputs(Answers({"b": problem, "c": {"value": "3"}}), CELLS)
    assert found["b"][0]["text"] == f"cell 2: {problem}"
    assert found["c"][0]["text"] == "Not run: the run ended in cell 2."
