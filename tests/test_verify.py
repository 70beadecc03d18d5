"""`autograder verify`: every fault a course can have in its checks or its bank is found, and named."""

import io

import pytest
from rich.console import Console

from autograder import verify
from autograder.errors import CourseError
from autograder.grading.slot import Slot
from autograder.verify import verify_course


@pytest.fixture
def verified(toy, slot, monkeypatch, fresh_modules):
    """Verify toy in this process; gives whether all is well, and what was printed."""

    def grade_all(jobs, conditions, workers):
        one = Slot(conditions)
        for job in jobs:
            yield job, one.grade(job)

    monkeypatch.setattr(verify, "grade_all", grade_all)
    monkeypatch.setattr(
        verify, "conditions_for", lambda course, trainings, **_: slot(toy, trainings=trainings).conditions
    )

    def verified(names=("toy",), seeds=1, trainings=True, width=200, **options):
        console = Console(file=io.StringIO(), width=width)
        fine = verify_course(toy.course, list(names), seeds, trainings, 1, console, **options)
        return fine, console.file.getvalue()

    return verified


def test_a_course_without_fault(verified):
    fine, text = verified(["toy", "tiny"])
    assert fine
    assert "✗" not in text
    for row in ("reference", "added", "numpy_mean", "stub", "tripled", "no_floats", "sum", "forgets", "two"):
        assert f" {row} " in text
    assert "│ toy        │      3 / 3 │        1 / 1 │        4 / 4 │ 4 / 4 │" in text
    assert "│ tiny       │      1 / 1 │        1 / 1 │        1 / 1 │ 1 / 1 │" in text


def test_every_seed_is_tried(verified, toy):
    """A check that is right for one seed only."""
    toy.add_check(
        '@question("counter")\ndef test_lucky(submission, seed):\n    """Lucky."""\n'
        "    submission.Counter(1).add(1)\n    expect_equal(seed, getattr(test_lucky, 'first', seed))\n"
        "    test_lucky.first = seed\n"
    )
    assert verified(seeds=1)[0]
    fine, text = verified(seeds=2)
    assert not fine
    assert "✗ toy, right reference: test_lucky: the result must be" in text.replace("The", "the")


def test_a_right_solution_that_loses_points(verified, toy):
    toy.path("bank/right/added.py").write_text('"""Adds x."""\n\n\ndef double(x):\n    return x + x + 1\n')
    fine, text = verified()
    assert not fine
    assert "✗ toy, right added: test_double_small: double of 1, 2, 3 is not right" in text
    assert "2 / 3" in text


def test_a_mistake_that_is_not_caught(verified, toy):
    toy.path("bank/wrong/same.py").write_text('"""question: mean\nmistake: None at all.\n"""\n\n\nTHREE = 3\n')
    fine, text = verified()
    assert not fine
    assert "✗ toy, wrong same: not caught: mean keeps its points" in text


def test_a_mistake_that_costs_an_unrelated_question(verified, toy):
    toy.path("bank/wrong/more.py").write_text(
        '"""question: counter\nmistake: More than that.\n"""\n\n\nclass Counter:\n    pass\n\n\n'
        "def double(x):\n    return 5 * x\n"
    )
    fine, text = verified()
    assert not fine
    assert "✗ toy, wrong more: it also loses double" in text


def test_a_mistake_may_cost_what_needs_its_question(verified, toy):
    """mean needs double; without `given` it is lost too, and that is no fault."""
    for name in ("test_public.py", "test_hidden.py"):
        toy.change(name, 'given=("double",), ', "")
    assert verified()[0]


def test_a_check_that_the_stub_passes(verified, toy):
    toy.add_check('@question("mean")\ndef test_easy(submission):\n    """Easy."""\n')
    fine, text = verified()
    assert not fine
    assert "✗ toy, stub: test_easy passes on the stub" in text


def test_only_the_right_ones(verified, toy):
    toy.path("bank/wrong/same.py").write_text('"""question: mean\nmistake: None at all.\n"""\n\n\nTHREE = 3\n')
    fine, text = verified(kinds=("right",), seeds=2)
    assert fine
    assert "│ toy        │      3 / 3 │        0 / 0 │        0 / 0 │ 0 / 0 │" in text


def test_a_head_that_names_no_question(verified, toy):
    toy.path("bank/wrong/odd.py").write_text(
        '"""question: duoble\nmistake: Odd.\n"""\n\n\ndef double(x):\n    return 1\n'
    )
    fine, text = verified()
    assert not fine
    assert "✗ toy, wrong odd: its head names 'duoble', which is no question. Fix: use double, mean, counter" in text


def test_a_head_without_a_mistake_stops_at_once(verified, toy):
    toy.path("bank/wrong/odd.py").write_text("def double(x):\n    return 1\n")
    with pytest.raises(CourseError, match=r"odd\.py, line 1: its head names no question and mistake"):
        verified()


def test_a_question_without_a_planted_mistake(verified, toy):
    toy.path("bank/wrong/sum.py").unlink()
    fine, text = verified()
    assert not fine
    assert "✗ toy: no planted mistake loses mean. Fix: add one to solutions/toy/bank/wrong/." in text


def test_an_assignment_without_a_bank(verified, toy):
    (toy.root / "solutions/tiny/bank/wrong/two.py").unlink()
    fine, text = verified(["tiny"])
    assert not fine
    assert "✗ tiny: no planted mistake loses one." in text


@pytest.mark.parametrize("hint", ['hint="Multiply by two."', 'hint=" "'])
def test_a_public_check_without_a_hint(verified, toy, hint):
    toy.change("test_public.py", 'hint="Multiply by two."', "" if "two" in hint else hint)
    fine, text = verified()
    assert not fine
    assert "✗ toy, right reference: test_double_small has no hint. Fix: write @question(…, hint=" in text


def test_a_check_that_breaks(verified, toy):
    toy.add_check('@question("mean")\ndef test_broken(submission):\n    """Broken."""\n    planted\n')
    fine, text = verified()
    assert not fine
    assert "✗ toy, right reference: test_broken broke: NameError: name 'planted' is not defined" in text


def test_a_check_file_that_cannot_be_imported(verified, toy):
    toy.add_check("import no_such_module\n")
    fine, text = verified()
    assert not fine
    assert "solutions/toy/test_hidden.py cannot be run: ModuleNotFoundError" in text


def test_without_trainings_what_only_trainings_ask_is_not_missed(verified, toy):
    for name, check in (("test_public.py", '@question("counter", '), ("test_hidden.py", '@question("counter"')):
        toy.change(
            name, check, f"{check.rstrip(', ')}, trains=True, ".removesuffix(" " if name == "test_public.py" else ", ")
        )
    assert verified(trainings=False)[0]
    assert verified(trainings=True)[0]


@pytest.mark.parametrize("width", [80, 120])
def test_faults_are_readable_at_any_width(verified, toy, width):
    toy.path("bank/wrong/same.py").write_text('"""question: mean\nmistake: None at all.\n"""\n\n\nTHREE = 3\n')
    _, text = verified(width=width)
    assert "✗ toy, wrong same: not caught: mean keeps its points" in text
    assert max(map(len, text.splitlines())) <= width


def test_seconds_and_names_of_a_diagnosis_are_counted(verified, toy):
    toy.path("bank/wrong/again.py").write_text(
        '"""question: double\nmistake: Also tripled.\n"""\n\n\ndef double(x):\n    return x * 3\n'
    )
    fine, text = verified()
    assert fine  # two mistakes with one answer: only the first by name can be named
    assert "4 / 5" in text


@pytest.mark.usefixtures("wall")
def test_the_command(toy, run):
    found = run("autograder", "verify", "tiny", "toy", "--no-trainings", cwd=toy.root)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout + found.stderr
    assert "tiny: the bank" in found.stdout
    assert "toy: the bank" in found.stdout
