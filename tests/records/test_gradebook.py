"""The gradebook, read back with nbgrader's own queries, preprocessors and exporter."""

import csv
import json
import os
import sqlite3
import sys

import pytest

nbgrader = pytest.importorskip("nbgrader")

from nbgrader.api import Gradebook  # noqa: E402
from nbgrader.preprocessors import GetGrades, SaveCells  # noqa: E402
from nbgrader.utils import is_grade  # noqa: E402
from sqlalchemy import event  # noqa: E402
from sqlalchemy.engine import Engine  # noqa: E402

from autograder.errors import CourseError, KitError  # noqa: E402
from autograder.records import write_gradebook, write_scored_notebook  # noqa: E402

# nbgrader adds a submission in an order that SQLAlchemy 2.1 warns of.
nbgrader_adds_submissions = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

CLASS = ["ann", "Ann Lee", "김 철수", "o'brien"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An empty gradebook to copy: making one takes two seconds, for nbgrader starts alembic."""
    path = tmp_path_factory.mktemp("empty") / "gradebook.db"
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{before}"
    Gradebook(f"sqlite:///{path}").close()
    os.environ["PATH"] = before
    return path.read_bytes()


@pytest.fixture
def db(tmp_path, empty):
    (tmp_path / "gradebook.db").write_bytes(empty)
    return f"sqlite:///{tmp_path}/gradebook.db"


def rows(db):
    """Every row of every table, ids included."""
    with sqlite3.connect(db.removeprefix("sqlite:///")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}
    connection.close()
    return found


def test_nbgrader_reads_the_scores_of_every_student(db, course, result):
    write_gradebook(db, [result(name, im2col=index / 3) for index, name in enumerate(CLASS)], course)
    with Gradebook(db) as gradebook:
        assert {student.id for student in gradebook.students} == set(CLASS)
        assert gradebook.find_assignment("im2col").max_score == 6.5
        for index, name in enumerate(CLASS):
            submission = gradebook.find_submission("im2col", name)
            assert submission.score == pytest.approx(1 + index / 3 + 2.5, rel=1e-15)
            assert submission.max_score == submission.max_code_score == 6.5
            assert not submission.needs_manual_grade
            grade = gradebook.find_grade("check-im2col", "im2col", "im2col", name)
            assert grade.auto_score == index / 3
            assert (grade.manual_score, grade.needs_manual_grade, grade.max_score) == (None, False, 3)
            assert gradebook.find_comment("answer-im2col", "im2col", "im2col", name).comment is None


def test_full_marks_are_no_failed_tests_and_less_are(db, course, result):
    write_gradebook(db, [result("ann"), result("bob", im2col=2)], course)
    with Gradebook(db) as gradebook:
        failed = {
            name: gradebook.find_submission_notebook("im2col", "im2col", name).failed_tests for name in ("ann", "bob")
        }
    assert failed == {"ann": False, "bob": True}


def test_a_second_write_changes_no_row(db, course, result):
    results = [result(name, assignment) for name in CLASS for assignment in ("im2col", "mlp")]
    write_gradebook(db, results, course)
    before = rows(db)
    write_gradebook(db, results, course)
    assert rows(db) == before
    assert [len(before[table]) for table in ("student", "submitted_assignment", "grade", "comment")] == [4, 8, 16, 16]


def test_a_new_score_replaces_the_old_one(db, course, result):
    write_gradebook(db, [result("ann", im2col=1)], course)
    write_gradebook(db, [result("ann", im2col=2.5)], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_submission("im2col", "ann").score == 6.0


def test_the_last_of_two_results_counts(db, course, result):
    write_gradebook(db, [result("ann", im2col=1), result("ann", im2col=2)], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_submission("im2col", "ann").score == 5.5


def test_what_a_person_entered_survives(db, course, result):
    write_gradebook(db, [result("ann", im2col=1)], course)
    with Gradebook(db) as gradebook:
        submission = gradebook.update_or_create_submission("im2col", "ann", timestamp="2026-03-01 10:00:00 UTC")
        submission.notebooks[0].flagged = True
        submission.notebooks[0].late_submission_penalty = 0.5
        grade = gradebook.find_grade("check-im2col", "im2col", "im2col", "ann")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.75, 0.25, False
        gradebook.find_comment("answer-im2col", "im2col", "im2col", "ann").manual_comment = "Well argued."
        gradebook.update_or_create_student("ann", first_name="Ann", last_name="Lee")
        gradebook.db.commit()
    before = rows(db)
    write_gradebook(db, [result("ann", im2col=1)], course)
    assert rows(db) == before
    write_gradebook(db, [result("ann", im2col=2)], course)
    with Gradebook(db) as gradebook:
        grade = gradebook.find_grade("check-im2col", "im2col", "im2col", "ann")
        assert (grade.auto_score, grade.manual_score, grade.extra_credit, grade.score) == (2, 2.75, 0.25, 3.0)
        assert grade.needs_manual_grade, "the automatic score below a manual one changed: somebody must look"
        assert gradebook.find_comment("answer-im2col", "im2col", "im2col", "ann").comment == "Well argued."
        submission = gradebook.find_submission("im2col", "ann")
        assert submission.notebooks[0].flagged
        assert submission.late_submission_penalty == 0.5
        assert submission.timestamp.year == 2026
        assert gradebook.find_student("ann").last_name == "Lee"


@nbgrader_adds_submissions
def test_students_and_assignments_already_there_remain(db, course, result):
    with Gradebook(db) as gradebook:
        gradebook.add_student("old", first_name="Old")
        gradebook.add_student("ann", first_name="Ann")
        gradebook.add_assignment("essay")
        gradebook.add_notebook("essay", "essay")
        gradebook.add_grade_cell("g", "essay", "essay", max_score=5, cell_type="markdown")
        gradebook.add_submission("essay", "old")
        gradebook.find_grade("g", "essay", "essay", "old").manual_score = 4
        gradebook.db.commit()
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_submission("essay", "old").score == 4
        assert gradebook.find_student("ann").first_name == "Ann"
        assert gradebook.find_student("ann").score == 6.5


@nbgrader_adds_submissions
def test_a_student_nbgrader_knows_already_gets_the_missing_rows(db, course, result):
    """`nbgrader autograde` makes the submission before the cells are known when an assignment has grown."""
    with Gradebook(db) as gradebook:
        gradebook.add_student("ann")
        gradebook.add_assignment("im2col")
        gradebook.add_submission("im2col", "ann")
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_submission("im2col", "ann").score == 6.5
        assert len(gradebook.assignment_submissions("im2col")) == 1


def test_unreadable_is_zero_and_needs_nobody(db, course, result):
    unreadable = {**result("ann"), "status": "unreadable", "points": 0, "questions": {}, "checks": []}
    write_gradebook(db, [unreadable], course)
    with Gradebook(db) as gradebook:
        submission = gradebook.find_submission("im2col", "ann")
        assert (submission.score, submission.needs_manual_grade) == (0, False)


def test_what_we_failed_to_grade_waits_for_a_person(db, course, result):
    broken = result("ann")
    broken["checks"][1]["outcome"] = "error"
    write_gradebook(db, [broken], course)
    with Gradebook(db) as gradebook:
        grade = gradebook.find_grade("check-im2col", "im2col", "im2col", "ann")
        assert (grade.auto_score, grade.needs_manual_grade) == (None, True)
        assert gradebook.find_submission("im2col", "ann").score == 3.5
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert not gradebook.find_submission("im2col", "ann").needs_manual_grade


def test_points_a_last_digit_above_the_maximum_are_cut(db, course, result):
    write_gradebook(db, [result("ann", im2col=3.0000000000000004)], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_grade("check-im2col", "im2col", "im2col", "ann").auto_score == 3


def save_cells(db, course, name):
    """What `nbgrader generate_assignment` records of the released notebook."""
    import nbformat

    notebook = nbformat.read(course.assignments[name].released / f"{name}.ipynb", as_version=4)
    resources = {"nbgrader": {"notebook": name, "assignment": name, "db_url": db}}
    SaveCells().preprocess(notebook, resources)


def test_nbgraders_own_save_cells_finds_nothing_to_add_or_remove(db, course, result):
    """It raises when the cells of a notebook with submissions differ from the ones it would make."""
    write_gradebook(db, [result("ann")], course)
    before = rows(db)
    save_cells(db, course, "im2col")
    after = rows(db)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"source_cell"}, "SaveCells writes checksums only when the notebook carries them"
    assert len(after["source_cell"]) == len(before["source_cell"]) == 7


def test_cells_recorded_by_nbgrader_are_used_as_they_are(db, course, result):
    with Gradebook(db) as gradebook:
        gradebook.add_assignment("im2col")
    save_cells(db, course, "im2col")
    before = rows(db)
    write_gradebook(db, [result("ann")], course)
    after = rows(db)
    assert all(after[table] == before[table] for table in ("assignment", "notebook", "base_cell", "grade_cells"))


def test_a_source_cell_has_the_checksum_nbgrader_expects(db, course, result, tmp_path):
    """OverwriteCells raises on a locked cell whose checksum does not match its source."""
    import nbformat
    from nbgrader.preprocessors import OverwriteCells

    write_gradebook(db, [result("ann")], course)
    notebook = nbformat.read(course.assignments["im2col"].released / "im2col.ipynb", as_version=4)
    check = next(cell for cell in notebook.cells if cell.id == "check-im2col")
    source, check.source = check.source, "pass  # changed by the student"
    resources = {"nbgrader": {"notebook": "im2col", "assignment": "im2col", "db_url": db}}
    OverwriteCells().preprocess(notebook, resources)
    assert check.source == source


def rerelease(course, change):
    path = course.assignments["im2col"].released / "im2col.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def test_a_question_added_later_is_graded_for_earlier_students(db, course, result, notebook):
    path = course.assignments["im2col"].released / "im2col.ipynb"
    questions = course.assignments["im2col"].questions
    forward = questions.pop("forward")
    rerelease(course, lambda nb: nb.update(cells=[cell for cell in nb["cells"] if "forward" not in cell["id"]]))
    write_gradebook(db, [result("ann"), result("bob")], course)
    questions["forward"] = forward
    path.write_text(json.dumps(notebook("im2col")))
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_assignment("im2col").max_score == 6.5
        assert gradebook.find_submission("im2col", "ann").score == 6.5
        assert gradebook.find_submission("im2col", "bob").score == 4


@pytest.mark.parametrize(("scored_by_hand", "maximum"), [(False, 4), (True, 6.5)])
def test_a_question_removed_later_goes_unless_a_person_scored_it(db, course, result, scored_by_hand, maximum):
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        if scored_by_hand:
            gradebook.find_grade("check-forward", "im2col", "im2col", "ann").manual_score = 1
        gradebook.db.commit()
    del course.assignments["im2col"].questions["forward"]
    rerelease(course, lambda nb: nb.update(cells=[cell for cell in nb["cells"] if "forward" not in cell["id"]]))
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_assignment("im2col").max_score == maximum


def test_changed_points_reach_the_gradebook(db, course, result):
    write_gradebook(db, [result("ann")], course)
    rerelease(course, lambda nb: nb["cells"][3]["metadata"]["nbgrader"].update(points=99))
    write_gradebook(db, [result("ann")], course)
    with Gradebook(db) as gradebook:
        assert gradebook.find_assignment("im2col").max_score == 6.5, "points come from grading.yml"


def test_nbgraders_exporter_reads_it(db, course, result, tmp_path):
    from nbgrader.plugins import CsvExportPlugin

    write_gradebook(db, [result(name, im2col=index) for index, name in enumerate(CLASS[:3])], course)
    with Gradebook(db) as gradebook:
        plugin = CsvExportPlugin()
        plugin.to = str(tmp_path / "export.csv")
        plugin.export(gradebook)
    with (tmp_path / "export.csv").open() as file:
        found = {row["student_id"]: (row["score"], row["max_score"]) for row in csv.DictReader(file)}
    assert found == {"ann": ("3.5", "6.5"), "Ann Lee": ("4.5", "6.5"), "김 철수": ("5.5", "6.5")}


def test_nbgraders_feedback_finds_every_grade_and_comment(db, course, result, tmp_path):
    import nbformat

    write_gradebook(db, [result("ann", im2col=2 / 3)], course)
    submitted = course.assignments["im2col"].released / "im2col.ipynb"
    write_scored_notebook(submitted, result("ann", im2col=2 / 3), tmp_path / "s.ipynb", course.assignments["im2col"])
    notebook = nbformat.read(tmp_path / "s.ipynb", as_version=4)
    resources = {"nbgrader": {"notebook": "im2col", "assignment": "im2col", "student": "ann", "db_url": db}}
    notebook, resources = GetGrades().preprocess(notebook, resources)
    assert [cell.metadata.nbgrader["score"] for cell in notebook.cells if is_grade(cell)] == [1, 2 / 3, 2.5]


def test_a_new_gradebook_is_made_without_alembic_on_the_path(tmp_path, course, result, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    write_gradebook(f"sqlite:///{tmp_path}/new/gradebook.db", [result("ann")], course)
    assert os.environ["PATH"] == "/nowhere"
    assert rows(f"sqlite:///{tmp_path}/new/gradebook.db")["alembic_version"] != []


def test_no_results_make_no_gradebook(tmp_path, course):
    write_gradebook(f"sqlite:///{tmp_path}/gradebook.db", [], course)
    assert not (tmp_path / "gradebook.db").exists()


def test_without_nbgrader_the_fix_is_one_command(course, result, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.api", None)
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(KitError, match=r"pip install 'autograder\[instructor\]'"):
        write_gradebook("sqlite://", [result("ann")], course)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gradebook.db", "'gradebook.db' is no database URL"),
        ("sqlite:////proc/no/gradebook.db", "Gradebook sqlite:////proc/no/gradebook.db: .*Check that the database"),
        ("postgresql+nodriver://me:secret@host/x", r"Gradebook postgresql\+nodriver://me:\*\*\*@host/x: "),
        ("postgresql+psycopg2://me:secret@host/x", "the driver for this database is missing.*pip install 'autograder"),
    ],
)
def test_a_database_that_cannot_be_opened_is_an_error_with_a_fix(course, result, url, words):
    with pytest.raises(KitError, match=words) as problem:
        write_gradebook(url, [result("ann")], course)
    assert "secret" not in str(problem.value)


def test_a_file_that_is_no_database_says_so_and_is_left_alone(tmp_path, course, result):
    (tmp_path / "gradebook.db").write_text("my diary, " * 100)
    with pytest.raises(KitError, match=r"file is not a database\. Move that file away"):
        write_gradebook(f"sqlite:///{tmp_path}/gradebook.db", [result("ann")], course)
    assert (tmp_path / "gradebook.db").read_text().startswith("my diary")


def test_a_gradebook_of_an_older_nbgrader_names_the_upgrade(tmp_path, db, course, result):
    with sqlite3.connect(tmp_path / "gradebook.db") as connection:
        connection.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    connection.close()
    with pytest.raises(KitError, match="nbgrader db upgrade"):
        write_gradebook(db, [result("ann")], course)


def test_a_disk_that_fills_up_in_the_middle_leaves_the_gradebook_as_it_was(db, course, result):
    write_gradebook(db, [result("ann", im2col=1)], course)
    before = rows(db)
    inserted = []

    def full(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("INSERT INTO comment"):
            inserted.append(statement)
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(Engine, "before_cursor_execute", full)
    try:
        with pytest.raises(KitError, match=r"database or disk is full\. Free some space"):
            write_gradebook(db, [result("ann", im2col=2), result("bob")], course)
    finally:
        event.remove(Engine, "before_cursor_execute", full)
    assert inserted
    assert rows(db) == before


def test_another_run_that_adds_the_same_rows_first_is_no_error(db, course, result):
    """The other run commits between our look and our first write, once."""
    others = []

    def other_run(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("INSERT INTO assignment") and not others:
            others.append(statement)
            with sqlite3.connect(db.removeprefix("sqlite:///")) as second:
                second.execute("INSERT INTO student (id, first_name) VALUES ('ann', 'Ann')")
                second.execute("INSERT INTO assignment (id, name, course_id) VALUES ('1', 'im2col', 'default_course')")
            second.close()

    event.listen(Engine, "before_cursor_execute", other_run)
    try:
        write_gradebook(db, [result("ann")], course)
    finally:
        event.remove(Engine, "before_cursor_execute", other_run)
    assert others
    with Gradebook(db) as gradebook:
        assert gradebook.find_student("ann").first_name == "Ann"
        assert gradebook.find_submission("im2col", "ann").score == 6.5
        assert [assignment.id for assignment in gradebook.assignments] == ["1"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), r"im2col\.ipynb: the notebook students get is missing"),
        (lambda path: path.write_text("{"), r"im2col\.ipynb: cannot be read as a released notebook"),
        (lambda path: path.write_text('{"cells": [], "metadata": {}}'), "differ in forward, im2col, output_size"),
    ],
)
def test_a_release_that_is_missing_or_stale_names_the_build_command(db, course, result, change, words):
    change(course.assignments["im2col"].released / "im2col.ipynb")
    with pytest.raises(CourseError, match=words) as problem:
        write_gradebook(db, [result("ann")], course)
    assert "autograder build im2col" in str(problem.value)


def test_a_class_is_written_with_few_statements(db, course, result):
    """What makes hundreds of students slow is a query per grade, so the queries are counted, not the seconds."""
    statements = []

    def count(connection, cursor, statement, parameters, context, executemany):
        statements.append(statement)

    results = [result(f"student {index}", name) for index in range(100) for name in ("im2col", "mlp")]
    event.listen(Engine, "before_cursor_execute", count)
    try:
        write_gradebook(db, results, course)
        first = len(statements)
        write_gradebook(db, results, course)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert first < 150, f"{first} statements for 200 new submissions"
    assert len(statements) - first < 100, f"{len(statements) - first} statements for 200 known submissions"
