"""The instructor's page: everybody on it, safe to open, and each score a link to the page that explains it."""

import re
from urllib.parse import unquote

from autograder.grading.job import Conditions, Job
from autograder.grading.result import without_grade
from autograder.report.classroom import write_class_report

HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e"


def result(toy, student, points=(0.0, 0.0, 0.0), assignment="toy", status="graded", problem=""):
    found = without_grade(
        Job(student, assignment, ""), toy.course.assignments[assignment], Conditions(""), problem, status
    )
    for question, earned in zip(found["questions"].values(), points, strict=False):
        question["points"] = earned
    return {**found, "points": sum(points)}


def page(toy, tmp_path, results, notes=()):
    path = tmp_path / "index.html"
    write_class_report(path, results, toy.course, notes)
    return path.read_text(encoding="utf-8")


def test_a_row_per_student_and_a_column_per_assignment(toy, tmp_path):
    text = page(
        toy, tmp_path, [result(toy, "bob", (2, 1, 0)), result(toy, "ann", (2, 2, 1)), result(toy, "ann", (1,), "tiny")]
    )
    assert text.index(">ann<") < text.index(">bob<")
    assert "5 / 5" in text
    assert "3 / 5" in text
    assert "1 / 1" in text
    assert text.count("not handed in") == 1
    assert "2 students, 2 assignments" in text


def test_each_score_leads_to_its_page(toy, tmp_path):
    text = page(toy, tmp_path, [result(toy, "김 하늘 #1?", (2, 2, 1))])
    (link,) = re.findall(r'href="([^"]*)"', text)
    assert "?" not in link
    assert "#" not in link
    assert unquote(link) == "feedback/김 하늘 #1?/toy/toy.html"


def test_questions_show_the_mean_over_those_graded(toy, tmp_path):
    results = [
        result(toy, "ann", (2, 2, 1)),
        result(toy, "bob", (1, 0, 0)),
        result(toy, "cho", status="unreadable", problem="It is empty."),
        result(toy, "dan", status="error", problem="Something broke."),
    ]
    text = page(toy, tmp_path, results)
    assert "1.5 / 2" in text
    assert "It is empty." in text
    assert "Something broke." in text


def test_nobody_graded_is_a_page_too(toy, tmp_path):
    assert "0 students, 0 assignments" in page(toy, tmp_path, [])
    assert "It is empty." in page(toy, tmp_path, [result(toy, "cho", status="unreadable", problem="It is empty.")])


def test_what_others_wrote_has_no_effect(toy, tmp_path):
    text = page(toy, tmp_path, [result(toy, HOSTILE, status="unreadable", problem=HOSTILE)], [HOSTILE])
    for effect in ("<script", "\x1b", "\u202e"):
        assert effect not in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
