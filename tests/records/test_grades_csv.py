"""grades.csv: every student and question once, exact numbers, and nothing a spreadsheet would run."""

import csv
import os

import pytest

from autograder.errors import KitError
from autograder.records import write_grades_csv

HEADER = [
    "student",
    "im2col", "im2col/max", "im2col/output_size", "im2col/im2col", "im2col/forward",
    "mlp", "mlp/max", "mlp/train",
]  # fmt: skip


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_rows_are_students_sorted_and_columns_follow_grading_yml(tmp_path, course, result):
    path = tmp_path / "grades.csv"
    write_grades_csv(path, [result("zoe", "mlp", train=1), result("ann", im2col=0), result("ann", "mlp")], course)
    assert read(path) == [
        HEADER,
        ["ann", "3.5", "6.5", "1", "0", "2.5", "4", "4", "4"],
        ["zoe", "", "", "", "", "", "1", "4", "1"],
    ]


def test_points_are_written_to_the_last_digit(tmp_path, course, result):
    write_grades_csv(tmp_path / "grades.csv", [result("ann", im2col=2 / 3)], course)
    row = read(tmp_path / "grades.csv")[1]
    assert float(row[4]) == 2 / 3


def test_excel_is_told_the_encoding_and_hangul_survives(tmp_path, course, result):
    write_grades_csv(tmp_path / "grades.csv", [result("김 철수")], course)
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(tmp_path / "grades.csv")[1][0] == "김 철수"


@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"],
)
def test_a_name_that_is_a_formula_is_text(tmp_path, course, result, name):
    write_grades_csv(tmp_path / "grades.csv", [result(name)], course)
    assert read(tmp_path / "grades.csv")[1][0] == f"'{name}"


@pytest.mark.parametrize("name", ['a,"b"', "a\nb", "o'brien", "a=b"])
def test_commas_quotes_and_newlines_stay_in_their_cell(tmp_path, course, result, name):
    write_grades_csv(tmp_path / "grades.csv", [result(name)], course)
    rows = read(tmp_path / "grades.csv")
    assert rows[1][0] == name
    assert [len(row) for row in rows] == [len(HEADER)] * 2


def test_the_last_of_two_results_counts(tmp_path, course, result):
    write_grades_csv(tmp_path / "grades.csv", [result("ann", im2col=0), result("ann", im2col=2)], course)
    assert [row[4] for row in read(tmp_path / "grades.csv")] == ["im2col/im2col", "2"]


def test_an_unreadable_submission_has_zero_points_everywhere(tmp_path, course, result):
    unreadable = {**result("ann"), "status": "unreadable", "points": 0, "questions": {}, "checks": []}
    write_grades_csv(tmp_path / "grades.csv", [unreadable], course)
    assert read(tmp_path / "grades.csv")[1] == ["ann", "0", "6.5", "0", "0", "0", "", "", ""]


def test_what_we_failed_to_grade_is_empty_not_zero(tmp_path, course, result):
    broken = result("ann", im2col=0)
    broken["checks"][1]["outcome"] = "error"
    write_grades_csv(tmp_path / "grades.csv", [broken], course)
    assert read(tmp_path / "grades.csv")[1][:6] == ["ann", "", "6.5", "1", "", "2.5"]


def test_a_submission_we_failed_to_grade_at_all_is_empty(tmp_path, course, result):
    broken = {**result("ann", output_size=0, im2col=0, forward=0), "status": "error", "checks": []}
    write_grades_csv(tmp_path / "grades.csv", [broken], course)
    assert read(tmp_path / "grades.csv")[1][:6] == ["ann", "", "6.5", "", "", ""]


def test_no_results_is_a_header(tmp_path, course):
    write_grades_csv(tmp_path / "grades.csv", [], course)
    assert read(tmp_path / "grades.csv") == [HEADER]


def test_a_full_disk_leaves_the_old_file(tmp_path, course, result, monkeypatch):
    path = tmp_path / "grades.csv"
    write_grades_csv(path, [], course)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KitError, match=r"cannot write grades\.csv: the disk is full"):
        write_grades_csv(path, [result("ann")], course)
    assert read(path) == [HEADER]
