"""One gradebook for `autograder grade` and nbgrader: either first; what people and the clock left holds."""

import csv
import json
from collections import defaultdict

import pytest
from nbgrader.api import Gradebook

FULL = {"double": 2, "mean": 2, "counter": 1}


def test_what_is_wrong_with_the_course_ends_in_words(toy_classroom):
    path = toy_classroom.root / "grading.yml"
    path.write_text(path.read_text().replace("points: 5", "points: 6"))
    assert "the questions add up to 5. Fix: " in toy_classroom.nbgrader("list", fine=False)


def history(room, student):
    """What a person and the clock left: manual score, comment, time stamp, penalty, whether someone must look."""
    with Gradebook(f"sqlite:///{room.root}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("toy", student)
        grade = gradebook.find_grade("check-mean", "toy", "toy", student)
        comment = gradebook.find_comment("answer-mean", "toy", "toy", student)
        return {
            "manual": grade.manual_score, "auto": grade.auto_score, "comment": comment.comment,
            "stamp": str(submission.timestamp), "penalty": submission.late_submission_penalty,
            "late": submission.total_seconds_late,
        }  # fmt: skip


LATE = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"


@pytest.mark.parametrize("first", ["nbgrader", "autograder"])
def test_either_can_be_run_first_on_one_gradebook(toy_classroom, toy, run, wall, first):
    """And a person's entries, time stamps with zones, and the penalties of nbgrader's settings hold for both."""
    room = toy_classroom
    with (room.root / "nbgrader_config.py").open("a") as file:
        file.write(LATE)
    submitted = room.root / "submitted"
    for student, stamp in {"early": "2026-03-01 23:30:00 Asia/Seoul", "late": "2026-03-01 15:30:00 UTC"}.items():
        path = submitted / student / "toy" / "toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(toy.notebook(counter=None)))
        (path.parent / "timestamp.txt").write_text(stamp)

    def grade(way):
        if way == "nbgrader":
            room.nbgrader("autograde", "toy", "--force")
        else:
            done = run("autograder", "grade", "submitted", cwd=room.root)
            assert done.returncode == 0, done.stderr

    room.nbgrader("generate_assignment", "toy")
    room.nbgrader("db", "assignment", "add", "toy", "--duedate", "2026-03-01 15:00:00 UTC")
    grade(first)
    with Gradebook(f"sqlite:///{room.root}/gradebook.db") as gradebook:
        gradebook.find_grade("check-mean", "toy", "toy", "early").manual_score = 1.25
        gradebook.find_comment("answer-mean", "toy", "toy", "early").manual_comment = "Well argued."
        gradebook.db.commit()
    expected = {
        "manual": 1.25, "auto": 2, "comment": "Well argued.", "stamp": "2026-03-01 14:30:00", "penalty": 0, "late": 0,
    }  # fmt: skip
    late = {**expected, "manual": None, "comment": None, "stamp": "2026-03-01 15:30:00", "penalty": 4, "late": 1800}
    assert history(room, "late") == late
    for way in ("nbgrader", "autograder") if first == "autograder" else ("autograder",):
        grade(way)
        assert history(room, "early") == expected, way
        assert history(room, "late") == late, way
    # Graded by `autograder` last: nbgrader goes on from there, and takes a later submission for one.
    path = submitted / "late" / "toy"
    (path / "toy.ipynb").write_text(json.dumps(toy.notebook()))
    (path / "timestamp.txt").write_text("2026-03-01 15:31:00 UTC")
    said = room.nbgrader("autograde", "toy")
    assert ("Skipping existing" in said, "Updating existing assignment" in said) == (True, True)
    assert room.scores("toy")["late"] == FULL
    with Gradebook(f"sqlite:///{room.root}/gradebook.db") as gradebook:
        assert len(gradebook.students) == len(gradebook.find_assignment("toy").submissions) == 2
    rows = defaultdict(list)
    room.nbgrader("export")
    with (room.root / "grades.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            rows[row["student_id"]].append((row["assignment"], row["score"]))
    assert rows == {"early": [("toy", "3.25")], "late": [("toy", "0.0")]}


def test_a_time_stamp_that_is_none_is_told_and_not_used(toy_classroom, toy, wall):
    path = toy_classroom.root / "submitted" / "ann" / "toy" / "toy.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(toy.notebook()))
    (path.parent / "timestamp.txt").write_text("yesterday, I think")
    toy_classroom.nbgrader("generate_assignment", "toy")
    assert "timestamp.txt holds no time" in toy_classroom.nbgrader("autograde", "toy")
    assert toy_classroom.scores("toy") == {"ann": FULL}
