"""How checks end: five words, one for each way, and ours never on the student's account."""

import pytest

from autograder import student
from autograder.grading import run
from autograder.grading.context import Context
from autograder.sandbox.session import Session
from autograder.sandbox.transports import InProcess
from autograder.worker.service import Service


def outcomes(result):
    return {check["name"]: check["outcome"] for check in result["checks"]}


def check(result, name):
    (found,) = [check for check in result["checks"] if check["name"] == name]
    return found


def test_right_answers_get_everything(toy, graded):
    result = graded(toy)
    assert set(outcomes(result).values()) == {"passed"}
    assert (result["points"], result["max_points"], result["status"]) == (5.0, 5.0, "graded")
    assert [check["name"] for check in result["checks"][:3]] == [
        "test_double_small",
        "test_mean_small",
        "test_counter_small",
    ]  # public first, in file order
    assert [check["public"] for check in result["checks"]] == [True] * 3 + [False] * 4


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        ("def double(x):\n    return 3 * x", "failed", "Every value is 1.5 times what it should be."),
        ("def double(x):\n    raise ValueError('no')", "failed", "It raised ValueError: no\ncell 5, under *Doubling*"),
        ("def double(x, y):\n    return x", "failed", "missing 1 required positional argument: 'y'"),
        ("def double(x):\n    return None", "failed", "it is None (is a return missing?)"),
        ("def double(x):\n    return [[1], [1, 2]]", "failed", "items of different shapes"),
        ("def double(x):\n    return x[None]", "failed", "must have shape (3,), but its shape is (1, 3)"),
        ("def double(x):\n    return x * np.nan", "failed", "3 of 3 values are NaN or infinite"),
        ("def double(x):\n    import sys\n    sys.exit()", "failed", "It raised SystemExit"),
        ("double = 3", "failed", "'int' object is not callable"),
        ("def duoble(x):\n    return 2 * x", "missing", "`double` is not defined: add it in the cell under *Doubling*"),
        (None, "missing", "`double` is not implemented yet: it still raises NotImplementedError"),
        ("nothing_here\n\n\ndef double(x):\n    return 2 * x", "missing", "because its cell did not run to the end"),
    ],
)
def test_a_wrong_answer_fails_or_is_missing_in_words(toy, graded, answer, outcome, words):
    found = check(graded(toy, double=answer), "test_double_small")
    assert (found["outcome"], words in found["message"]) == (outcome, True), found["message"]


def test_the_message_keeps_names_as_they_are_written(toy, graded):
    toy.add_check(
        '@question("counter", hint="h")\ndef test_named(submission):\n    """Named."""\n'
        '    expect_equal(submission.Counter(1).add(1), 3, what="db")\n'
    )
    assert check(graded(toy), "test_named")["message"] == "db must be 3, but it is 2."
    assert check(graded(toy, counter=None), "test_named")["message"].startswith("`Counter.add`")


def test_a_failing_check_says_what_was_tried_and_what_to_try(toy, graded):
    found = check(graded(toy, double="def double(x):\n    return x"), "test_double_small")
    assert found["tried"] == "double(float64 array (3,))" or found["tried"] == "double(array([1.0, 2.0, 3.0]))"
    assert found["hint"] == "Multiply by two."
    assert found["title"] == "double of 1, 2, 3 is 2, 4, 6."


PLANTED = '@question("counter")\ndef test_planted(submission):\n    """Planted."""\n'


@pytest.mark.parametrize(
    "body",
    [
        "    {}['no such key']",
        "    np.zeros(2) + np.zeros(3)",
        "    expect_close(submission.double(np.ones(2)), None)",
        "    return 3",
        "    raise SystemExit(0)",
        "    pytest.skip('later')",
        "    pytest.fail('never')",
        "    submission.keep(object())",
    ],
)
def test_a_check_that_breaks_is_our_error_and_flags_the_run(toy, graded, body):
    toy.add_check(f"import pytest\n\n\n{PLANTED}{body}\n")
    result = graded(toy)
    found = check(result, "test_planted")
    assert found["outcome"] == "error"
    assert found["message"] == "This check itself broke: that is not your fault. Tell your instructor."
    assert result["status"] == "error"
    assert any("test_planted" in text for text in result["defects"])
    assert "Traceback" not in str(result["checks"]) + result["problem"]
    others = {name: outcome for name, outcome in outcomes(result).items() if name != "test_planted"}
    assert set(others.values()) == {"passed"}


def test_an_exception_of_ours_keeps_its_traceback_for_the_instructor(toy, graded):
    toy.add_check(f"{PLANTED}    planted_name\n")
    (defect,) = graded(toy)["defects"]
    assert "NameError: name 'planted_name' is not defined" in defect
    assert "test_hidden.py" in defect


def test_a_fixture_that_breaks_is_our_error(toy, graded):
    toy.add_check(
        "import pytest\n\n\n@pytest.fixture\ndef broken():\n    raise OSError('planted')\n\n\n"
        '@question("counter")\ndef test_with_it(submission, broken):\n    """With it."""\n'
    )
    result = graded(toy)
    assert check(result, "test_with_it")["outcome"] == "error"
    assert "planted" in result["defects"][0]


def test_a_fixture_that_does_not_exist_is_our_error(toy, graded):
    toy.add_check('@question("counter")\ndef test_with_it(submission, nowhere):\n    """With it."""\n')
    assert check(graded(toy), "test_with_it")["outcome"] == "error"


@pytest.mark.parametrize("text", ["import no_such_module", "def broken(:", "raise RuntimeError('planted')"])
def test_a_check_file_that_cannot_be_imported_grades_nothing(toy, graded, text):
    toy.add_check(f"{text}\n")
    result = graded(toy)
    assert (result["status"], result["checks"], result["points"]) == ("error", [], 0.0)
    assert result["defects"][0].startswith("solutions/toy/test_hidden.py cannot be run: ")
    assert "Fix: correct the checks" in result["defects"][0]
    assert "test_hidden" not in result["problem"]


def test_a_test_of_no_question_flags_the_run_since_it_would_count_for_nothing(toy, graded):
    toy.add_check('def test_forgotten(submission):\n    """Never counted."""\n')
    result = graded(toy)
    assert result["status"] == "error"
    assert "test_forgotten belongs to no question" in result["defects"][0]


def test_checks_that_never_ran_are_counted(toy, monkeypatch):
    """Finished is not passed: the list of expected checks decides."""
    session = Session(InProcess(lambda answer: Service({})), ())
    session.start()
    context = Context("toy", session, seed=1)
    monkeypatch.setattr(run.Recorder, "pytest_runtestloop", lambda self, session: True)
    defects = run.run_checks([toy.path("test_public.py")], context)
    assert [found.outcome for found in context.checks.values()] == ["error"] * 3
    assert all("never ran" in defect for defect in defects)


def test_a_parametrised_check_is_one_check_for_each_set_and_shares_the_weight(toy, graded):
    toy.add_check(
        "import pytest\n\n\n"
        '@question("counter", weight=3)\n@pytest.mark.parametrize("number", [1, 1, 2])\n'
        'def test_each(submission, number):\n    """Each."""\n    expect_equal(number, 1)\n'
    )
    result = graded(toy)
    each = {name: outcome for name, outcome in outcomes(result).items() if name.startswith("test_each")}
    assert sorted(each.values()) == ["failed", "passed", "passed"]
    assert len(each) == 3
    # 1 + 1 for the checks that were there, 3 for each of the three sets: 8 of 11 of one point.
    assert result["questions"]["counter"]["points"] == 0.73


def test_points_are_the_passed_share_of_the_weight(toy, graded):
    result = graded(toy, double="def double(x):\n    return 2 * x if x.ndim == 1 else x")
    assert outcomes(result)["test_double_again"] == "failed"
    assert result["questions"]["double"] == {"points": 1.0, "max_points": 2.0}  # 2 of 4 of the weight
    assert result["points"] == 4.0


def test_all_weight_passed_is_exactly_all_points(toy, graded):
    for n in range(3):
        toy.add_check(f'@question("mean", weight=0.1)\ndef test_tenth_{n}(submission):\n    """A tenth."""\n')
    assert graded(toy)["points"] == 5.0


# given ----------------------------------------------------------------------------------------------------------------


def test_a_wrong_function_costs_its_own_question_only(toy, graded):
    result = graded(toy, double="def double(x):\n    return 3 * x")
    assert result["questions"]["double"]["points"] == 0.0
    assert result["questions"]["mean"]["points"] == 2.0
    assert check(result, "test_mean_small")["message"] == "Graded with a correct `double` in place of yours."
    assert check(result, "test_mean_small")["diagnosis"] == ""


@pytest.mark.parametrize("double", [None, "def duoble(x):\n    return 2 * x", "def double(x):\n    return 1 / 0"])
def test_a_missing_or_raising_function_costs_its_own_question_only(toy, graded, double):
    result = graded(toy, double=double)
    assert result["questions"]["double"]["points"] == 0.0
    assert result["questions"]["mean"]["points"] == 2.0


def test_what_is_wrong_by_itself_still_fails_with_the_right_function_given(toy, graded):
    result = graded(toy, double="def double(x):\n    return 3 * x", mean="def mean(x):\n    return double(x).sum()")
    assert result["questions"]["mean"]["points"] == 0.0
    assert check(result, "test_mean_small")["outcome"] == "failed"


def test_nothing_is_given_when_the_function_is_right(toy, graded):
    result = graded(toy, mean="def mean(x):\n    return double(x).sum()")
    assert check(result, "test_mean_small")["outcome"] == "failed"
    assert result["questions"]["double"]["points"] == 2.0


def test_a_function_the_reference_does_not_have_is_our_error(toy, graded):
    toy.change("test_hidden.py", 'given=("double",)', 'given=("double", "treble")')
    result = graded(toy, double="def double(x):\n    return 3 * x")
    assert check(result, "test_mean_again")["outcome"] == "error"
    assert "treble" in str(result["defects"])
    assert check(result, "test_mean_small")["outcome"] == "passed"


# what runs, and on which inputs -------------------------------------------------------------------------------------


def test_without_trainings_the_checks_that_train_are_left_out(toy, graded, slot):
    assert "test_double_slowly" in outcomes(graded(toy))
    assert "test_double_slowly" not in outcomes(graded(toy, slot(toy, trainings=False)))


SHOW = """
def shown(submission, rng, seed):
    expect_equal(f"{rng.integers(10**9)} {seed}", "")


@question("counter")
def test_first(submission, rng, seed):
    '''First.'''
    shown(submission, rng, seed)


@question("counter")
def test_second(submission, rng, seed):
    '''Second.'''
    shown(submission, rng, seed)
"""


def drawn(result, name):
    return [found["message"] for found in result["checks"] if found["name"] == name]


def test_inputs_depend_on_seed_and_check_alone(toy, graded, slot):
    toy.add_check(SHOW)
    toy.add_check(SHOW.replace("test_second", "test_third"), "test_public.py")
    once, again, other = graded(toy), graded(toy, double=None), graded(toy, slot(toy, seed=8))
    assert drawn(once, "test_first") == drawn(again, "test_first")
    assert drawn(once, "test_second") != drawn(other, "test_second")
    draws = [*drawn(once, "test_first"), *drawn(once, "test_second"), *drawn(once, "test_third")]
    assert len(draws) == 4  # test_first is in both files: two checks, two draws
    assert len(set(draws)) == 4


def test_what_several_assignments_share_lies_in_solutions_itself(toy, graded):
    (toy.root / "solutions/common.py").write_text("def four():\n    return 4\n")
    (toy.root / "solutions/probes.py").write_text("def two():\n    return 2\n\n\ndef three():\n    return 0\n")
    toy.path("probes.py").write_text("def three():\n    return 3\n")
    toy.add_check(
        '@question("counter")\ndef test_shared(submission):\n    """Shared."""\n    import common\n'
        '    expect_equal(submission.probe("two"), common.four() - 2, what="two")\n'
        '    expect_equal(submission.probe("three"), 3, what="three")\n'
    )
    assert check(graded(toy), "test_shared")["outcome"] == "passed"


def test_only_the_question_asked_for_is_run(toy, monkeypatch):
    toy.hand_in("kim")
    path = toy.root / "assignments/toy/toy.ipynb"
    path.write_text((toy.submitted / "kim/toy/toy.ipynb").read_text())
    monkeypatch.setattr(student, "Plain", lambda settings: InProcess(lambda answer: Service({"__name__": "x"})))
    assert [found.name for found in student.check_file(path, "mean").checks] == ["test_mean_small"]


def test_a_check_that_trains_has_more_time_in_its_second_run_too(toy, graded, monkeypatch):
    asked = []
    original = Session.call

    def call(self, target, arguments, named, *, name, **more):
        asked.append((name, self.check_seconds))
        return original(self, target, arguments, named, name=name, **more)

    monkeypatch.setattr(Session, "call", call)
    toy.change("grading.yml", "check_seconds: 1", "check_seconds: 1, training_seconds: 77")
    toy.change("test_hidden.py", 'given=("double",), weight=2', 'given=("double",), weight=2, trains=True')
    assert graded(toy, double=None)["questions"]["mean"]["points"] == 2.0
    assert {seconds for name, seconds in asked if name == "double"} == {1.0, 77.0}
    assert [seconds for name, seconds in asked if name == "mean"] == [1.0, 77.0, 1.0, 77.0]
