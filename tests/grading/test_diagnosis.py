"""Naming mistakes: the sentence of the planted mistake that answers as the student does, and of no other."""

import numpy as np
import pytest
import torch

from autograder.grading import diagnosis
from autograder.grading.diagnosis import likeliest, same_trace, same_value, torch_as_found
from autograder.grading.job import Job
from autograder.sandbox.proxy import Handle
from autograder.sandbox.session import AnswerMissing, AnswerRaised, Exchange
from autograder.sandbox.wire import Ref

TRIPLED = "def double(x):\n    return x + x + x"


def diagnoses(result):
    return {check["name"]: check["diagnosis"] for check in result["checks"]}


def test_an_equal_answer_is_named(toy, graded):
    found = diagnoses(graded(toy, double=TRIPLED))
    assert found["test_double_small"] == found["test_double_again"] == "It is tripled."


def test_mistakes_that_answer_one_check_alike_are_told_apart_by_the_others(toy, graded):
    body = "def double(x):\n    return 3 * x if x.ndim == 1 else 5 * x"
    toy.path("bank/wrong/a_tripled_row.py").write_text(
        f'"""question: double\nmistake: Rows are tripled.\n"""\n\n\n{body}\n'
    )
    for answer, sentence in ((TRIPLED, "It is tripled."), (body, "Rows are tripled.")):
        found = diagnoses(graded(toy, double=answer))
        assert found["test_double_small"] == found["test_double_again"] == sentence


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        ([], []),
        ([[], ["a", "b"]], ["", "a"]),
        ([["a", "b"], ["b"], []], ["b", "b", ""]),
        ([["a"], ["a", "b"], ["c", "b"], ["b"]], ["a", "b", "b", "b"]),
    ],
)
def test_the_mistake_that_explains_most_is_chosen(named, chosen):
    assert likeliest(named) == chosen


def test_another_wrong_answer_is_not(toy, graded):
    assert diagnoses(graded(toy, double="def double(x):\n    return 4 * x"))["test_double_small"] == ""


def test_a_right_answer_is_not(toy, graded):
    assert not any(diagnoses(graded(toy)).values())


def test_a_mistake_that_raises_is_named_by_what_it_raises(toy, graded):
    same = graded(toy, double="def double(x):\n    raise TypeError('integers, please')")
    other = graded(toy, double="def double(x):\n    raise TypeError('something else')")
    assert diagnoses(same)["test_double_small"] == "Only integers are accepted."
    assert diagnoses(other)["test_double_small"] == ""


def test_an_answer_by_way_of_an_object_is_named(toy, graded):
    forgets = (
        "class Counter:\n    def __init__(self, start):\n        self.start = start\n\n"
        "    def add(self, number):\n        return self.start + number + 1"
    )
    assert diagnoses(graded(toy, counter=forgets))["test_counter_small"] == "The total is not kept."


def test_a_training_check_is_never_run_again_for_it(toy, graded):
    found = diagnoses(graded(toy, double=TRIPLED))
    assert found["test_double_slowly"] == ""


def test_what_is_not_answered_is_not_diagnosed(toy, graded):
    assert not any(diagnoses(graded(toy, double=None)).values())


def test_planted_mistakes_run_on_failure_only_and_once_for_each_check(toy, slot, monkeypatch):
    runs = []
    original = diagnosis.Diagnosis._session
    monkeypatch.setattr(
        diagnosis.Diagnosis, "_session", lambda self, variant: runs.append(variant.path.stem) or original(self, variant)
    )
    once = slot(toy)
    once.grade(Job("right", "toy", str(toy.hand_in("right"))))
    assert runs == []
    for student in ("kim", "lee"):
        result = once.grade(Job(student, "toy", str(toy.hand_in(student, double=TRIPLED))))
        assert diagnoses(result)["test_double_small"] == "It is tripled."
    # Two checks of `double` failed that do not train; its two mistakes ran once for each of them.
    assert (runs.count("no_floats"), runs.count("tripled"), runs.count("forgets")) == (2, 2, 0)


@pytest.mark.parametrize(
    "body",
    [
        "import no_such_module\n",
        "raise RuntimeError('planted')\n",
        "def double(x):\n    return undefined\n",
        "import warnings\n\n\ndef double(x):\n    warnings.warn('look')\n    print('noise')\n    return x / 0\n",
    ],
)
def test_a_planted_mistake_that_breaks_harms_nobody(toy, graded, capfd, body):
    toy.path("bank/wrong/a_broken.py").write_text(f'"""question: double\nmistake: Broken.\n"""\n\n\n{body}')
    result = graded(toy, double=TRIPLED)
    assert result["status"] == "graded"
    assert diagnoses(result)["test_double_small"] == "It is tripled."
    assert capfd.readouterr() == ("", "")


def test_a_planted_mistake_leaves_torch_as_it_was(toy, graded):
    body = (
        "import numpy as np\nimport torch\n\n\ndef double(x):\n    torch.set_grad_enabled(False)\n"
        "    torch.set_default_dtype(torch.float64)\n    torch.manual_seed(7)\n    np.random.seed(7)\n    return -x\n"
    )
    toy.path("bank/wrong/a_careless.py").write_text(f'"""question: double\nmistake: Careless.\n"""\n\n\n{body}')

    def state():
        numbers = torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()
        return torch.is_grad_enabled(), torch.get_default_dtype(), *numbers

    before = state()
    with torch_as_found():
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(7)
        np.random.seed(7)
        assert all(a != b for a, b in zip(state(), before, strict=True))
    assert state() == before
    assert diagnoses(graded(toy, double="def double(x):\n    return -x"))["test_double_small"] == "Careless."
    assert state() == before


def test_a_planted_mistake_leaves_torch_as_it_was_for_the_next_one(toy, graded):
    head = '"""question: double\nmistake: {}.\n"""\n\nimport torch\n\n\n'
    head += "def double(x):\n    {}\n    return -x if {} else x\n"
    off = head.format("Careless", "torch.set_grad_enabled(False)", "True")
    toy.path("bank/wrong/a_careless.py").write_text(off)
    toy.path("bank/wrong/b_next.py").write_text(head.format("Next", "pass", "torch.is_grad_enabled()"))
    assert diagnoses(graded(toy, double="def double(x):\n    return x"))["test_double_small"] == ""


def handle(kind="Net"):
    return Handle(None, Ref("handle", 1, kind), 1)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (True, 1, False),
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.01, False),
        (float("nan"), float("nan"), True),
        (float("inf"), float("inf"), True),
        (float("inf"), float("-inf"), False),
        (None, None, True),
        (None, 0, False),
        ("a", "a", True),
        ([1, 2], [1, 2], True),
        ([1, 2], [1], False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        (np.ones(2), np.ones(2), True),
        (np.ones(2), torch.ones(2, dtype=torch.float64), True),
        (np.ones(2), np.ones(2, np.float32), False),
        (np.ones(2), np.ones((2, 1)), False),
        (np.ones(2), [1.0, 1.0], False),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), True),
        (np.array([1e300, np.inf]), np.array([1e300, np.inf]), True),
        (np.array([1, 2]), np.array([1, 3]), False),
        (torch.ones(2).bfloat16(), torch.ones(2).bfloat16(), True),
        (handle(), handle("Other"), True),
        (handle(), 1, False),
        (1, handle(), False),
    ],
)
def test_equality_of_answers(a, b, same):
    assert same_value(a, b) is same


def test_traces_are_the_same_answers_to_the_same_questions():
    value, other = Exchange("f()", 1), Exchange("f()", 2)
    raised = Exchange("f()", problem=AnswerRaised("it raised ValueError: no\nline 3"))
    elsewhere = Exchange("f()", problem=AnswerRaised("it raised ValueError: no\nline 9"))
    missing = Exchange("f()", problem=AnswerMissing("it raised ValueError: no"))
    assert same_trace([value], [value])
    assert same_trace([raised], [elsewhere])
    for mine, planted in (([value], [other]), ([value], [value, value]), ([raised], [missing]), ([value], [raised])):
        assert not same_trace(mine, planted)


def test_that_both_made_some_object_says_nothing():
    made = Exchange("Net()", handle())
    assert not same_trace([made], [made])
    assert not same_trace([], [])
    assert same_trace([made, Exchange("f()", 1)], [made, Exchange("f()", 1)])
