"""Tables at a terminal: everything there is, whatever the width, and nothing a submission says takes effect."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from autograder.course import Assignment, Limits, Question
from autograder.grading.context import Check
from autograder.report.terminal import SIGNS, grades_table, print_checks

HOSTILE = "\x1b[31mred\x1b[0m [bold]b[/bold] [/nonsense] \u202eevil\nsecond"


def lesson(tmp_path, **points):
    return Assignment(
        name="toy",
        title="Toy",
        points=float(sum(points.values())),
        questions={name: Question(name=name, points=float(value)) for name, value in points.items()},
        thresholds={},
        limits=Limits(),
        folder=tmp_path,
        released=tmp_path,
    )


def check(question="double", outcome="passed", **more):
    given = {"title": "double doubles.", "hint": "Multiply by two.", "weight": 1.0, "public": True, **more}
    return Check(name="test_double", question=question, outcome=outcome, **given)


def shown(checks, assignment, width=80, question=None, remarks=()):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_checks(checks, assignment, question, console, remarks)
    text = console.file.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    return text


def test_a_failure_shows_sign_points_reason_and_what_to_try(tmp_path):
    failed = check(outcome="failed", message="It is 3.", tried="double(1)", weight=3.0)
    text = shown([check(), failed], lesson(tmp_path, double=2))
    assert "✗ double" in text
    assert "0.5 / 2" in text
    for words in ("✓ double doubles.", "✗ double doubles.", "It is 3.", "Tried: double(1)", "Try: Multiply by two."):
        assert words in text
    assert "1 of 2 public checks did not pass: 0.5 of 2 points so far." in text


def test_all_passed_is_not_all_there_is(tmp_path):
    text = shown([check()], lesson(tmp_path, double=2))
    assert "All public checks passed. Hidden checks with other inputs decide the grade." in text
    assert "Multiply" not in text


def test_a_question_of_hidden_checks_only_says_so(tmp_path):
    text = shown([check()], lesson(tmp_path, double=2, secret=1))
    assert "– / 1" in text
    assert "graded by hidden checks only" in text
    assert "no public check" in shown([], lesson(tmp_path, secret=1), question="secret")


@pytest.mark.parametrize(
    ("outcome", "sign"), [("passed", "✓"), ("failed", "✗"), ("timeout", "✗"), ("missing", "○"), ("error", "!")]
)
def test_every_outcome_has_a_sign_of_one_column(tmp_path, outcome, sign):
    assert f"{sign} double doubles." in shown([check(outcome=outcome, message="So.")], lesson(tmp_path, double=1))
    assert cell_len(SIGNS.get(outcome, ("✗", ""))[0]) == 1


def test_an_error_of_ours_shows_what_to_tell_the_instructor(tmp_path):
    broken = check(outcome="error", message="This check itself broke.", defect="Traceback …\nNameError: name 'x'")
    text = shown([broken], lesson(tmp_path, double=1))
    assert "NameError: name 'x'" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("width", [30, 50, 69, 70, 80, 120, 250])
def test_any_width_shows_all_words(tmp_path, width):
    """`shown` asserts that no line is wider than the terminal."""
    message = "double of 1, 2, 3 is not right: 3 of 3 values are wrong. 김하늘의 답은 틀렸습니다."
    text = shown([check(outcome="failed", message=message)], lesson(tmp_path, double=2, a_rather_long_name=1), width)
    together = "".join(character for character in text if character not in "│ \n")
    for words in (message, "Try: Multiply by two.", "a_rather_long_name"):
        assert words.replace(" ", "") in together


def test_wrapped_lines_stay_behind_their_sign(tmp_path):
    text = shown([check(title="word " * 40)], lesson(tmp_path, double=2), 60)
    lines = [line for line in text.splitlines() if "word" in line]
    assert lines[0].index("word") == lines[1].index("word")


def test_what_a_submission_says_has_no_effect(tmp_path):
    from autograder.text import plain

    hostile = check(outcome="failed", message=plain(HOSTILE), tried=plain(HOSTILE, 2))
    text = shown([hostile], lesson(tmp_path, double=2), 120, remarks=[HOSTILE])
    assert "[bold]b[/bold] [/nonsense]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


# the class ------------------------------------------------------------------------------------------------------------


def result(student="kim", points=1.0, status="graded", **more):
    return {
        "student": student,
        "assignment": "toy",
        "points": points,
        "max_points": 3.0,
        "status": status,
        "problem": "",
        "questions": {"double": {"points": points, "max_points": 2.0}, "mean": {"points": 0.0, "max_points": 1.0}},
        "checks": [],
        "cells": [],
        **more,
    }


def table(results, width=120, title="Course"):
    console = Console(file=io.StringIO(), width=width)
    console.print(grades_table(results, title))
    text = console.file.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    return text


def test_a_row_says_what_was_lost_and_why(tmp_path):
    checks = [{"outcome": "timeout"}, {"outcome": "missing"}, {"outcome": "missing"}]
    cells = [
        {"outcome": "raised", "label": "cell 7, under *Doubling*"},
        {"outcome": "skipped", "label": "cell 9"},
        {"outcome": "ok", "label": "cell 11"},
    ]
    text = table([result(checks=checks, cells=cells)], 160)
    assert "1 / 3" in text
    assert "double −1, mean −1" in text
    assert "1 check out of time; 2 checks not answered; cell 7 raised an error (and 1 more)" in text


def test_ungraded_rows_are_no_zeros():
    text = table([result(status="error", points=0.0, problem="Something in the grading broke.")])
    assert "? / 3" in text
    assert "not graded" in text
    unreadable = table([result(status="unreadable", points=0.0, problem="`toy.ipynb`: it is empty.")])
    assert "0 / 3" in unreadable
    assert "see below" in unreadable  # the whole sentence needs the whole width


@pytest.mark.parametrize("width", [40, 80, 120])
def test_names_of_any_script_keep_the_columns_straight(width):
    rows = [result(student=name) for name in ("김하늘", "Ýrr Þórsdóttir", "a" * 60, "王小明")]
    lines = [line for line in table(rows, width).splitlines() if line.startswith("│")]
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}


def test_what_a_name_or_a_problem_holds_has_no_effect():
    text = table([result(student=HOSTILE)], title="[bold]Course[/bold] [/x]")
    assert "[bold]b[/bold] [/nonsense]" in text
    assert "[bold]Course[/bold] [/x]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_assignment_has_a_column_only_where_there_are_several():
    one = table([result()])
    assert "Course · toy" in one
    assert "Assignment" not in one
    two = table([result(), result(assignment="tiny")])
    assert "Assignment" in two
    assert "tiny" in two
    assert table([])
