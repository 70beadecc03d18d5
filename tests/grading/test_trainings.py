"""Checks that train: a missed threshold is tried once more and that is said, and slow trainings are told so."""

import pytest

from autograder.grading.comparisons import CheckFailed
from autograder.grading.reach import Reach


def check(result, name):
    (found,) = [check for check in result["checks"] if check["name"] == name]
    return found


@pytest.fixture
def tried():
    """A Reach whose trainings give these scores, the seeds it trained from, and what it said."""

    def tried(*scores, **bounds):
        seeds, said = [], []

        def measure(seed):
            seeds.append(seed)
            return scores[len(seeds) - 1]

        def run():
            return Reach(40, said.append)(measure, what="of the images right", **bounds)

        return run, seeds, said

    return tried


def test_a_first_training_that_is_good_enough_is_the_only_one(tried):
    run, seeds, said = tried(0.9, at_least=0.9)
    assert (run(), seeds, said) == (0.9, [40], [])


def test_a_second_training_counts_and_is_told(tried):
    run, seeds, said = tried(0.89, 0.95, at_least=0.9)
    assert (run(), seeds) == (0.95, [40, 41])
    assert " ".join(said) == (
        "The first training gave 0.890 of the images right, where at least 0.9 is asked. "
        "A second one, from another seed, gave 0.950, and that counts."
    )


@pytest.mark.parametrize("scores", [(0.8, 0.85), (float("nan"), 0.1), (0.5, float("nan"))])
def test_two_misses_fail_with_both_scores(tried, scores):
    run, seeds, _ = tried(*scores, at_least=0.9)
    with pytest.raises(CheckFailed) as caught:
        run()
    words = f"gave {scores[0]:.3f} and {scores[1]:.3f} of the images right. Asked is at least 0.9."
    assert words in str(caught.value)
    assert seeds == [40, 41]


def test_an_upper_bound(tried):
    assert tried(0.7, at_most=0.75)[0]() == 0.7
    with pytest.raises(CheckFailed, match=r"Asked is at most 0\.75"):
        tried(0.8, 0.9, at_most=0.75)[0]()


REACHES = '''
@question("counter", trains=True{more})
def test_reaches(submission, reach):
    """Reaches."""
    reach(lambda seed: float(submission.double(float(seed % 2)){plus}), at_least=3, what="reached")
'''


def add_training(toy, more="", plus=""):
    toy.add_check(REACHES.format(more=more, plus=plus))


def test_the_result_says_that_a_second_training_counts(toy, graded):
    toy.add_check(
        REACHES.format(more="", plus=" + 1").replace("seed % 2", "tries.append(seed) or len(tries) - 1")
        + "\n\ntries = []\n"
    )
    found = check(graded(toy), "test_reaches")
    assert found["outcome"] == "passed"
    assert found["message"] == (
        "The first training gave 1.000 reached, where at least 3 is asked. "
        "A second one, from another seed, gave 3.000, and that counts."
    )


def test_a_check_that_trains_states_its_budget(toy, graded):
    toy.change("grading.yml", "check_seconds: 1", "check_seconds: 1, training_seconds: 30")
    add_training(toy, more=", seconds=2.5")
    title = check(graded(toy), "test_reaches")["title"]
    assert title == "Reaches. One training takes about 2.5 s of computing and may take 30."


BUSY = """
import time

def double(x):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    return 2 * x
"""


@pytest.mark.parametrize("plus", ["", " + 3"])
def test_a_training_ten_times_slower_is_told_so(toy, graded, plus):
    add_training(toy, more=", seconds=0.01", plus=plus)
    found = check(graded(toy, double=BUSY), "test_reaches")
    assert found["outcome"] == ("passed" if plus else "failed")
    assert "times the 0.01 seconds of a correct one. Look for a loop" in found["message"]


def test_one_that_is_a_little_slower_is_not(toy, graded):
    add_training(toy, more=", seconds=1.0", plus=" + 3")
    assert check(graded(toy, double=BUSY), "test_reaches")["message"] == ""


@pytest.mark.usefixtures("wall")
def test_a_training_that_is_stopped_is_told_how_long_a_correct_one_takes(toy, run):
    toy.change("grading.yml", "check_seconds: 1", "check_seconds: 5, training_seconds: 1")
    add_training(toy, more=", seconds=0.01")
    toy.hand_in("kim", double="def double(x):\n    while type(x) is float:\n        pass\n    return 2 * x")
    found = run("autograder", "grade", toy.submitted, "--out", toy.root, cwd=toy.root)
    assert found.returncode == 0, found.stdout + found.stderr
    stopped = check(toy.result("kim"), "test_reaches")
    assert stopped["outcome"] == "timeout"
    assert "stopped after 1 seconds of computing" in stopped["message"]
    assert "A correct training takes about 0.01 seconds. Look for a loop" in stopped["message"]


def test_training_rows_by_value(toy, graded):
    toy.add_check(
        '@question("counter")\ndef test_rows(submission, data):\n    """Rows."""\n    import torch\n'
        "    images, labels = data.training(torch.tensor([3, 5]))\n"
        '    expect_equal((tuple(images.shape), tuple(labels.shape)), ((2, 1, 28, 28), (2,)), what="shapes")\n'
    )
    assert check(graded(toy), "test_rows")["outcome"] == "passed"
