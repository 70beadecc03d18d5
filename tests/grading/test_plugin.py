"""What a check file sees: the fixtures, and `@question`."""

import pytest

from autograder.grading import question
from autograder.grading.questions import About


def message(result, name="test_shown"):
    (found,) = [check for check in result["checks"] if check["name"] == name]
    return found["message"]


SHOWN = (
    '@question("counter")\ndef test_shown(submission, {name}):\n    """Shown."""\n    expect_equal(str({text}), "")\n'
)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("device", "device", "'cpu'"),
        ("threshold", "threshold", "'{}'"),
        ("rng", "type(rng).__name__", "'Generator'"),
        ("seed", "0 <= seed < 2**31", "'True'"),
        ("data", "data.name", "'bundled'"),
        ("data", "tuple(data.test_images.shape)", "'(360, 1, 28, 28)'"),
        ("data", "data.test_labels.dtype", "'torch.int64'"),
        ("data", "data.train_images.described", "'train_images'"),
    ],
)
def test_fixtures(toy, graded, name, text, said):
    toy.add_check(SHOWN.format(name=name, text=text))
    assert said in message(graded(toy))


def test_thresholds_are_those_of_the_runs_data_profile(toy, graded):
    toy.change(
        "grading.yml", "      counter: 1\n", "      counter: 1\n    thresholds: {score: {bundled: 0.5, mnist: 0.9}}\n"
    )
    toy.add_check(SHOWN.format(name="threshold", text="threshold"))
    assert "{'score': 0.5}" in message(graded(toy))


def test_training_data_reaches_the_student_and_test_labels_do_not(toy, graded):
    toy.add_check(
        '@question("counter")\ndef test_shown(submission, data):\n    """Shown."""\n'
        "    expect_equal(submission.see(data.train_labels), '')\n"
    )
    see = "def see(x):\n    return f'{type(x).__name__} {tuple(x.shape)}'"
    found = message(graded(toy, counter=see))
    # In this process the slot gives no data; behind the wall and in a kernel it is opened there.
    assert "no such reference: data" in found or "Tensor (1437,)" in found


def test_what_the_decorator_says_of_a_check():
    @question("forward", weight=2, hint="Try.", trains=True, given=["im2col"])
    def test_it(submission):
        """It."""

    assert test_it.about == About("forward", 2.0, "Try.", True, 0.0, ("im2col",))


@pytest.mark.parametrize("weight", [0, -1, float("nan")])
def test_a_weight_is_positive(weight):
    with pytest.raises(ValueError, match="weight must be positive"):
        question("forward", weight=weight)


def test_a_decorator_without_its_question_says_so():
    with pytest.raises(TypeError, match="needs the name of a question"):
        question(lambda submission: None)
