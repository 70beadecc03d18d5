"""The heads of the bank's files."""

import pytest

from autograder.errors import CourseError
from autograder.grading.bank import read_right, read_wrong


def test_the_bank_of_a_course_is_read_in_order(toy):
    assert [(one.path.stem, one.question, one.sentence) for one in read_wrong(toy.path("."))] == [
        ("forgets", "counter", "The total is not kept."),
        ("no_floats", "double", "Only integers are accepted."),
        ("sum", "mean", "It is the sum."),
        ("tripled", "double", "It is tripled."),
    ]
    assert [(one.path.stem, one.sentence) for one in read_right(toy.path("."))] == [
        ("added", "Adds x to itself."),
        ("numpy_mean", "NumPy takes the mean."),
    ]


def test_a_sentence_over_two_lines_is_one_sentence(toy):
    toy.path("bank/wrong/tripled.py").write_text('"""question: double\nmistake: It is\n    tripled.\n"""\n')
    assert read_wrong(toy.path("."))[3].sentence == "It is tripled."


@pytest.mark.parametrize(
    "head", ["", '"""It is tripled."""', '"""question: double"""', '"""mistake: It is tripled."""']
)
def test_a_head_without_question_or_mistake_names_file_line_and_fix(toy, head):
    path = toy.path("bank/wrong/tripled.py")
    path.write_text(f"{head}\n")
    with pytest.raises(CourseError) as caught:
        read_wrong(toy.path("."))
    assert str(caught.value).startswith(f"{path}, line 1: ")
    assert "Fix: Begin it with" in str(caught.value)


def test_a_file_that_is_no_python_is_named(toy):
    path = toy.path("bank/wrong/tripled.py")
    path.write_text("def double(:\n")
    with pytest.raises(CourseError, match="it is not Python"):
        read_wrong(toy.path("."))
