"""The feedback page: everything the student needs is on it, and nothing a student wrote becomes markup."""

import copy
import re
from html.parser import HTMLParser

import pytest

from autograder.errors import KitError
from autograder.report import checks_html, feedback_html, write_feedback
from autograder.report.feedback import split_message
from autograder.report.words import WORDS, prose, short, visible


def check(name, question, outcome="passed", **fields):
    texts = dict.fromkeys(("message", "title", "tried", "hint", "diagnosis"), "")
    plain = {"name": name, "question": question, "public": True, "weight": 1, "outcome": outcome, "seconds": 0.1}
    return {**plain, **texts, **fields}


def make_result(**changes):
    failed = check(
        "test_stride", "im2col", "failed", public=False, title="The filter moves by `stride`.",
        message="the columns: shape (30, 18), expected (12, 18).\n  0  3.14", tried="im2col(images, 3, 3, stride=2)",
        hint="Print the 9x9 example.", diagnosis="The stride is applied to the rows only.",
    )  # fmt: skip
    result = {
        "schema": 1, "student": "김 철수", "assignment": "im2col", "status": "graded", "problem": "",
        "points": 2.5, "max_points": 4,
        "questions": {"output_size": {"points": 1, "max_points": 1}, "im2col": {"points": 1.5, "max_points": 3}},
        "checks": [check("test_sizes", "output_size", title="Sizes are right."), failed],
        "cells": [{"id": "a", "label": "cell 7, under *Backward*", "sha256": "feed", "outcome": "ok", "message": ""}],
        "notes": ["The setup cell was changed."], "device": "cpu", "data": "bundled", "sandbox": "bubblewrap",
        "seconds": 1.5, "cpu_seconds": 1.2, "seed": 2026, "submission": {"file": "im2col.ipynb", "sha256": "beef"},
        "environment": {"python": "3.11.7", "torch": "2.9", "numpy": "2.3", "autograder": "0.1", "platform": "Linux"},
        "key": "cafe",
    }  # fmt: skip
    return {**copy.deepcopy(result), **changes}


class Page(HTMLParser):
    """The tags, attributes and visible text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.hidden = None
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("style", "script"):
            self.hidden = tag

    def handle_endtag(self, tag):
        if tag == self.hidden:
            self.hidden = None

    def handle_data(self, data):
        if self.hidden is None:
            self.words.append(data)


def page(result=None, title="Convolution", course="Deep learning"):
    return Page(feedback_html(result or make_result(), title, course))


def test_the_page_says_who_what_and_how_much():
    text = page().text
    for words in ("Deep learning", "Convolution", "김 철수", "2.5 of 4 points", "1 of 2 checks passed", "1.5 / 3"):
        assert words in text


def test_a_failed_check_says_what_how_and_what_to_try():
    text = page().text
    for words in (
        "The filter moves by stride .", "✗", "failed", "hidden check", "The stride is applied to the rows only.",
        "the columns: shape (30, 18), expected (12, 18).", "0 3.14", "Tried im2col(images, 3, 3, stride=2)",
        "What to try Print the 9x9 example.",
    ):  # fmt: skip
        assert words in text


def test_the_receipt_is_on_the_page():
    text = page().text
    for words in (
        "im2col.ipynb", "beef", "cpu", "bundled", "2026", "bubblewrap", "Linux", "cafe", "feed",
        "autograder 0.1 · python 3.11.7 · torch 2.9 · numpy 2.3",
    ):  # fmt: skip
        assert words in text


def test_grading_without_the_wall_is_said_aloud():
    assert "ran without the wall" in page(make_result(sandbox="none")).text


@pytest.mark.parametrize("outcome", WORDS)
def test_every_outcome_has_a_symbol_and_a_word_of_its_own(outcome):
    result = make_result(checks=[check("test_sizes", "output_size", outcome)])
    text = page(result).text
    assert f"{WORDS[outcome].symbol} test_sizes {WORDS[outcome].word}" in text
    assert len({word.symbol for word in WORDS.values()}) == len({word.word for word in WORDS.values()}) == 5


def test_a_check_without_a_docstring_goes_by_its_name():
    assert "test_sizes" in page(make_result(checks=[check("test_sizes", "output_size")])).text


def test_an_error_of_ours_is_not_a_grade():
    result = make_result()
    assert "Not final" not in page(result).text
    result["checks"][1]["outcome"] = "error"
    text = page(result).text
    assert "Not final: something went wrong on our side" in text
    assert "not final" in text
    assert "1.5 / 3" not in text


def test_a_run_that_failed_says_why():
    result = make_result(status="error", problem="The sandbox broke.", checks=[])
    assert "The sandbox broke. Your instructor" in page(result).text


def test_an_unreadable_submission_gets_the_problem_and_the_fix():
    result = make_result(status="unreadable", problem="`a.ipynb` is no JSON: save it again.", points=0, checks=[])
    text = page(result).text
    assert "This submission could not be read" in text
    assert "a.ipynb is no JSON: save it again." in text
    assert "0 of 4 points" in text
    assert "checks passed" not in text


@pytest.mark.parametrize(("outcome", "word"), [("raised", "raised an error"), ("timeout", "out of time"),
                                               ("skipped", "not run"), ("exited", "ended the program")])  # fmt: skip
def test_a_cell_that_did_not_run_through_is_named(outcome, word):
    cell = {"id": "b", "label": "cell 9", "sha256": "", "outcome": outcome, "message": "NameError: nump"}
    text = page(make_result(cells=[cell])).text
    assert f"cell 9 {word}" in text
    assert "NameError: nump" in text


def test_cells_that_ran_are_not_listed_as_problems():
    assert "did not run through" not in page().text


def test_the_same_sentence_is_not_said_for_every_check():
    same = {"message": "`im2col` is not answered yet.", "hint": "Start with the example."}
    checks = [check(f"test_{index}", "im2col", "missing", **same) for index in range(5)]
    result = make_result(checks=checks)
    text, listed = page(result).text, Page(checks_html(result, "im2col")).text
    assert text.count("is not answered yet") == text.count("Start with the example.") == 1
    assert listed.count("is not answered yet") == 1
    assert all(f"test_{index}" in text and f"test_{index}" in listed for index in range(5))


def test_different_sentences_are_all_said():
    checks = [check(f"test_{index}", "im2col", "missing", message=f"Waits for {index}.") for index in range(3)]
    assert all(f"Waits for {index}." in page(make_result(checks=checks)).text for index in range(3))


def test_links_within_the_page_lead_somewhere():
    result = make_result()
    result["questions"] = {"unchecked": {"points": 0, "max_points": 0}, **result["questions"]}
    attributes = page(result).attributes
    targets = {value for name, value in attributes if name == "id"}
    links = {value.removeprefix("#") for name, value in attributes if name == "href"}
    assert links == targets == {"q1", "q2"}


def test_a_result_without_its_optional_fields_is_shown():
    result = make_result()
    for name in ("cells", "notes", "problem", "status", "cpu_seconds", "seed", "submission"):
        del result[name]
    result["checks"] = [{key: value for key, value in check("t", "im2col", "failed").items() if key not in
                         ("title", "tried", "hint", "diagnosis")}]  # fmt: skip
    assert "2.5 of 4 points" in page(result).text


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>`<b>`*<i>*{{ 7*7 }}"


def every_text_replaced(value):
    """Every string of a result that anybody may have written, in values and keys, replaced by an attack."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, list):
        return [every_text_replaced(item) for item in value]
    if isinstance(value, dict):
        fixed = ("outcome", "status", "question")
        return {key: item if key in fixed else every_text_replaced(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("status", ["graded", "unreadable", "error"])
def test_no_string_of_a_result_becomes_markup(status):
    result = every_text_replaced(make_result(status=status, problem="x"))
    result["questions"] = {EVIL: {"points": 1, "max_points": 2}, "im2col": {"points": 0, "max_points": 2}}
    result["cells"][0]["outcome"] = "raised"
    result["checks"][0]["question"] = EVIL
    html = feedback_html(result, EVIL, EVIL)
    found = Page(html)
    assert not {"script", "img", "i", "b", "iframe", "link"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert found.text.count("<script>alert(1)</script>") >= 15
    assert "49" not in found.text
    assert not {"script", "img", "i"} & set(Page(checks_html(result, EVIL)).tags)


@pytest.mark.parametrize("field", ["name", "message", "title", "tried", "hint", "diagnosis"])
def test_each_text_of_a_check_is_shown_escaped(field):
    result = make_result()
    result["checks"][1]["title"] = ""
    result["checks"][1][field] = f"before {EVIL} after"
    assert "before &lt;script&gt;alert(1)&lt;/script&gt;" in feedback_html(result, "t", "c")


def test_nothing_is_loaded_and_nothing_runs():
    html = feedback_html(make_result(), "t", "c")
    found = page()
    policies = [value for name, value in found.attributes if name == "content"]
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in policies
    assert "width=device-width, initial-scale=1" in policies
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert not re.search(r"https?:|url\(|@import", html)


def test_the_page_is_valid_where_it_counts():
    html = feedback_html(make_result(), "t", "c")
    assert html.lstrip().startswith("<!doctype html>")
    found = page()
    voids = {"meta"}
    for tag in set(found.tags) - voids:
        assert html.count(f"</{tag}>") == found.tags.count(tag), tag


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\x07", "\x00", "\x1b", "\x7f", "\x9b", "\u202a"])
def test_what_could_disturb_the_page_is_made_visible(character):
    result = make_result(student=f"a{character}b")
    result["checks"][1]["message"] = f"c{character}d"
    html = feedback_html(result, "t", "c")
    assert character not in html
    assert f"a\\u{ord(character):04x}b" in html
    assert f"c\\u{ord(character):04x}d" in html


def test_half_a_surrogate_can_be_written(tmp_path):
    path = write_feedback(tmp_path, make_result(notes=["a\ud800b"]), "t", "c")
    assert "a\\ud800b" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["김 철수", "👩‍🔬", "مريم", "O’Brien", "a\nb"])
def test_real_names_stay_as_they_are(name):
    assert visible(name) == name


def test_a_long_message_is_folded_and_nothing_of_it_is_lost():
    text = "\n".join(f"row {index}: {index / 7:.6f}" for index in range(500))
    message = split_message(text)
    shown = "\n".join(block.text for block in message.blocks)
    assert len(shown) <= 1_200
    assert f"{shown}\n{message.folded}" == text
    result = make_result()
    result["checks"][1]["message"] = text
    assert f"{len(message.folded)} more characters" in page(result).text
    assert "row 499: 71.285714" in page(result).text


def test_an_endless_message_is_cut_with_a_pointer():
    result = make_result()
    result["checks"][1]["message"] = "x" * 1_000_000
    html = feedback_html(result, "t", "c")
    assert len(html) < 60_000
    assert "(980000 more characters are in results.json; ask your instructor.)" in html


def test_numbers_in_columns_keep_one_width_and_sentences_do_not():
    blocks = split_message("It is wrong.\nSee below.\n     yours  expected\n  0  1.0    2.0\nTry again.").blocks
    assert [(block.fixed, len(block.text.split("\n"))) for block in blocks] == [(False, 2), (True, 2), (False, 1)]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`a` and *b*", "<code>a</code> and <em>b</em>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("2*x*y", "2*x*y"),
        ("f(*args, **kwargs)", "f(*args, **kwargs)"),
        ("a `b", "a `b"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("*<b>*", "<em>&lt;b&gt;</em>"),
        ("`*a*`", "<code>*a*</code>"),
        ("`a\nb`", "`a\nb`"),
    ],
)
def test_only_code_and_emphasis_are_marked(text, html):
    assert str(prose(text)) == html


@pytest.mark.parametrize(
    ("points", "text"), [(3, "3"), (0, "0"), (2 / 3, "0.67"), (1.5, "1.5"), (10.0, "10"), (100, "100")]
)
def test_points_are_short(points, text):
    assert short(points) == text


def test_the_page_lies_where_nbgrader_looks_for_it(tmp_path):
    path = write_feedback(tmp_path / "feedback", make_result(), "t", "c")
    assert path == tmp_path / "feedback" / "김 철수" / "im2col" / "im2col.html"
    assert "김 철수" in path.read_text(encoding="utf-8")


def test_a_hostile_student_id_writes_inside_the_folder(tmp_path):
    path = write_feedback(tmp_path / "feedback", make_result(student="../../x"), "t", "c")
    assert (tmp_path / "feedback").resolve() in path.resolve().parents
    assert "../../x" in path.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_an_error_with_words(tmp_path):
    (tmp_path / "feedback").write_text("a file")
    with pytest.raises(KitError, match=r"cannot write im2col\.html: .*--out"):
        write_feedback(tmp_path / "feedback", make_result(), "t", "c")
