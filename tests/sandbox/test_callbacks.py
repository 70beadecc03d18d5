"""A function of ours in place of the student's: asked for by data alone, and bounded whatever it is asked for."""

import resource
import time

import numpy as np
import pytest

from autograder.sandbox.callbacks import MEMORY, TooMuch, bounded
from autograder.sandbox.session import AnswerProblem, AnswerRaised, AnswerTimeout


def doubled(x, times=1):
    """A reference's function."""
    return x * 2 * times


def patient(rounds):
    """As long as its argument says."""
    total = 0
    for number in range(rounds):
        total += number
    return total


def padded(x, pad):
    """As large as its argument says."""
    return np.pad(x, pad).sum()


calls = []


def counted():
    """Counts how often it is asked."""
    calls.append(1)
    return len(calls)


GIVEN = {"doubled": doubled, "patient": patient, "padded": padded, "counted": counted}


# bounded --------------------------------------------------------------------------------------------------------------


def test_a_value_comes_back_and_an_exception_too():
    assert bounded(doubled, (3,), {"times": 2}, 10) == 12
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 / 0, (), {}, 10)


def test_what_takes_too_long_is_stopped_for_good():
    last = []

    def endless():
        while True:
            last[:] = [time.monotonic()]

    with pytest.raises(TooMuch, match=r"took more than 0\.2 seconds"):
        bounded(endless, (), {}, 0.2)
    seen = last[0]
    time.sleep(0.1)
    assert last[0] == seen


def test_what_takes_too_much_memory_raises_in_its_own_line():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(MemoryError):
        bounded(lambda: np.ones(2 * MEMORY, dtype=np.uint8), (), {}, 10)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert bounded(lambda: np.ones(MEMORY // 8, dtype=np.uint8).nbytes, (), {}, 10) == MEMORY // 8


def test_a_limit_that_is_lower_already_stays():
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    lower = 2**40
    resource.setrlimit(resource.RLIMIT_DATA, (lower, hard))
    try:
        assert bounded(lambda: resource.getrlimit(resource.RLIMIT_DATA)[0], (), {}, 10) < lower
        assert resource.getrlimit(resource.RLIMIT_DATA) == (lower, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


# through the wall -----------------------------------------------------------------------------------------------------


@pytest.fixture
def given(examine):
    """A submission whose answers to GIVEN are replaced."""

    def start(source, **options):
        own = "".join(f"\ndef {name}(*args): return 'mine'" for name in GIVEN)
        return examine(f"import numpy as np{own}\n{source}", given=GIVEN, **options)

    return start


def test_the_student_s_other_functions_use_ours(given):
    examined = given("def f(x): return doubled(x, times=3) + 1")
    assert examined.ask("f", np.ones(2)).tolist() == [7.0, 7.0]


def test_calling_ours_directly_is_the_same(given):
    assert given("").ask("doubled", 4) == 8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("doubled()", "doubled() missing 1 required positional argument: 'x'"),
        ("doubled(1, 2, 3)", "doubled() takes from 1 to 2 positional arguments but 3 were given"),
        ("doubled(None)", "unsupported operand type"),
        ("padded(np.ones(3), 'x')", "TypeError"),
        ("doubled(doubled)", "a function cannot be sent"),
        ("doubled([[]] * 600_000)", "more than 500,000 elements"),
    ],
)
def test_wrong_arguments_are_the_student_s_exception(given, call, words):
    examined = given(f"def f():\n    return {call}\ndef fine(): return 1")
    with pytest.raises(AnswerProblem) as caught:
        examined.ask("f")
    assert words in str(caught.value)
    assert examined.ask("fine") == 1


def test_a_student_can_catch_what_ours_raises(given):
    source = "def f():\n    try: return doubled()\n    except ValueError as error: return str(error)[:9]"
    assert given(source).ask("f") == "TypeError"


def test_no_time_of_ours_is_had_for_the_asking(given):
    examined = given("def f(): return patient(10**12)\ndef fine(): return doubled(1)", check_seconds=0.5)
    with pytest.raises(AnswerRaised, match=r"TooMuch: the call took more than 0\.5 seconds"):
        examined.ask("f")
    assert examined.ask("fine") == 2


def test_no_memory_of_ours_is_had_for_the_asking(given):
    examined = given("def f(): return padded(np.ones((2, 2)), 10**5)\ndef fine(): return doubled(1)")
    with pytest.raises(AnswerRaised, match="Unable to allocate"):
        examined.ask("f")
    assert examined.ask("fine") == 2


def test_a_flood_of_questions_ends(given):
    source = "def f():\n    while True:\n        try: counted()\n        except BaseException: pass"
    examined = given(f"{source}\ndef fine(): return doubled(1)", check_seconds=0.2)
    calls.clear()
    with pytest.raises(AnswerTimeout):
        examined.ask("f")
    assert len(calls) > 1
    assert examined.ask("fine") == 2


HOSTILE = {
    "another function": {"callback": "__class__", "args": [], "kwargs": {"t": "dict", "k": [], "v": []}},
    "no function": {"callback": None, "args": [], "kwargs": {"t": "dict", "k": [], "v": []}},
    "no arguments": {"callback": "doubled"},
    "arguments that are a number": {"callback": "doubled", "args": 7, "kwargs": 7},
    "keywords that are no names": {"callback": "doubled", "args": [], "kwargs": {"t": "dict", "k": [1], "v": [1]}},
    "a reference": {"callback": "doubled", "args": [{"t": "ref", "kind": "global", "name": "x", "type": ""}]},
    "an unknown kind": {"callback": "doubled", "args": [{"t": "pickle"}]},
}


@pytest.mark.parametrize("question", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_forged_question_is_answered_with_an_exception(given, question):
    source = f"""
def f():
    service = next(c.cell_contents for c in doubled.__closure__ if hasattr(c.cell_contents, "_callback"))
    reply, buffers = service._callback(({question!r}, []))
    return sorted(reply), buffers
def fine(): return doubled(1)
"""
    examined = given(source)
    assert examined.ask("f") == (["raised"], [])
    assert examined.ask("fine") == 2
