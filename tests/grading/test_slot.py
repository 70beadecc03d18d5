"""One submission → one result: what the receipt says, and that only what could be graded is."""

import hashlib
import json

import pytest

from autograder.errors import KitError, SandboxError
from autograder.grading.job import Job
from autograder.grading.slot import Slot
from autograder.records import read_result, write_json


def test_a_result_is_a_receipt(toy, graded):
    result = graded(toy)
    path = toy.submitted / "kim/toy/toy.ipynb"
    assert result["submission"] == {"file": "toy.ipynb", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert (result["student"], result["assignment"], result["seed"]) == ("kim", "toy", 7)
    assert (result["device"], result["data"], result["sandbox"]) == ("cpu", "bundled", "bubblewrap")
    assert result["environment"].keys() == {"python", "torch", "numpy", "autograder", "platform"}
    sources = {cell["id"]: cell for cell in result["cells"]}
    answer = "def double(x):\n    return 2 * x"
    assert sources["answer-double"]["sha256"] == hashlib.sha256(answer.encode()).hexdigest()
    assert {cell["outcome"] for cell in result["cells"]} == {"ok"}


def test_a_result_is_what_the_schema_says(toy, graded, tmp_path):
    for answers in ({}, {"double": None}, {"double": "import os\nos.nothing"}, {"counter": "print('x' * 10**6)"}):
        write_json(tmp_path / "results.json", graded(toy, **answers))
        assert read_result(tmp_path / "results.json") is not None


def test_the_stub_gets_nothing(toy, graded):
    result = graded(toy, double=None, mean=None, counter=None)
    assert result["points"] == 0.0
    assert {check["outcome"] for check in result["checks"]} == {"missing"}


def test_a_cell_that_raises_costs_that_answer_only(toy, graded):
    result = graded(toy, counter="1 / 0\n\n\nclass Counter:\n    pass")
    assert result["points"] == 4.0
    (raised,) = [cell for cell in result["cells"] if cell["outcome"] != "ok"]
    assert (raised["id"], raised["outcome"]) == ("answer-counter", "raised")
    assert "ZeroDivisionError" in raised["message"]


@pytest.mark.parametrize("content", ["", "{", '{"nbformat": 4, "cells": []}', b"\x89PNG\r\n"])
def test_what_cannot_be_read_has_no_checks_and_a_reason(toy, slot, content):
    result = slot(toy).grade(Job("kim", "toy", str(toy.hand_in("kim", content))))
    assert (result["status"], result["points"], result["checks"]) == ("unreadable", 0.0, [])
    assert result["problem"].startswith("`toy.ipynb`")
    assert "Fix: " in result["problem"]
    assert result["questions"]["double"] == {"points": 0.0, "max_points": 2.0}


def test_one_slot_grades_many_and_they_do_not_meet(toy, slot):
    one = slot(toy)
    jobs = [("kim", {}), ("lee", {"double": "def double(x):\n    return 3 * x"}), ("may", {})]
    points = [one.grade(Job(who, "toy", str(toy.hand_in(who, **answers))))["points"] for who, answers in jobs]
    assert points == [5.0, 3.0, 5.0]


def test_a_mistake_of_the_graders_own_becomes_a_flagged_result(toy, slot, monkeypatch):
    monkeypatch.setattr(Slot, "_result", lambda *arguments: {}["planted"])
    result = slot(toy).grade(Job("kim", "toy", str(toy.hand_in("kim"))))
    assert (result["status"], result["checks"]) == ("error", [])
    assert "KeyError: 'planted'" in result["defects"][0]
    assert "planted" not in result["problem"]


def test_what_keeps_the_grader_from_working_at_all_passes_through(toy, slot, monkeypatch):
    def no_wall(*arguments):
        raise SandboxError("The wall did not start.")

    one = slot(toy)
    monkeypatch.setattr(Slot, "_transport", no_wall)
    with pytest.raises(KitError, match="did not start"):
        one.grade(Job("kim", "toy", str(toy.hand_in("kim"))))


def test_the_same_submission_gives_the_same_result(toy, graded, slot):
    def lasting(result):
        kept = json.loads(json.dumps(result))
        for name in ("seconds", "cpu_seconds", "grader_cpu_seconds", "student_seconds"):
            kept.pop(name, None)
        for check in kept["checks"]:
            check.pop("seconds")
        return kept

    wrong = "def double(x):\n    return x"
    assert lasting(graded(toy, double=wrong)) == lasting(graded(toy, double=wrong))
