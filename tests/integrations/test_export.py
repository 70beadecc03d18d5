"""The lists for Canvas, Moodle and spreadsheets: their columns, what is left empty, and names nobody should run."""

import csv
import os

import pytest
from nbgrader.api import Gradebook

from autograder.integrations.export import CanvasExport, CsvExport, MoodleExport
from autograder.records import write_gradebook

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")
EVIL = '=HYPERLINK("http://x","y")'


@pytest.fixture(scope="module")
def book(tmp_path_factory, nbgrader_environment):
    """A gradebook: one late, one with a question to grade by hand, one with nothing, names of all kinds."""
    path = tmp_path_factory.mktemp("book") / "gradebook.db"
    before, os.environ["PATH"] = os.environ["PATH"], nbgrader_environment["PATH"]
    with Gradebook(f"sqlite:///{path}") as gradebook:
        os.environ["PATH"] = before
        gradebook.add_assignment("toy")
        gradebook.add_notebook("toy", "toy")
        for name, points in {"check-a": 2, "check-b": 1}.items():
            gradebook.add_grade_cell(name, "toy", "toy", max_score=points, cell_type="code")
        gradebook.add_student("ann", first_name="Ann", last_name="Lee, Jr.", email="ann@x.org", lms_user_id="77")
        gradebook.add_student("bob", first_name=EVIL, last_name="+1")
        gradebook.add_student("@sum", first_name="Zoë", last_name='"김"')
        gradebook.add_student("nothing")
        for student in ("ann", "bob", "@sum"):
            gradebook.add_submission("toy", student)
            for name, points in {"check-a": 2 / 3, "check-b": 1}.items():
                gradebook.find_grade(name, "toy", "toy", student).auto_score = points
        gradebook.find_submission("toy", "ann").notebooks[0].late_submission_penalty = 0.5
        gradebook.find_grade("check-b", "toy", "toy", "bob").auto_score = None
        gradebook.db.commit()
    return f"sqlite:///{path}"


@pytest.fixture
def rows(book, tmp_path):
    """Export with a plugin and read the file as the other system does."""

    def rows(plugin, **settings):
        exporter = plugin(to=str(tmp_path / "out.csv"), **settings)
        with Gradebook(book) as gradebook:
            exporter.export(gradebook)
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return rows


def test_canvas(rows):
    assert rows(CanvasExport, titles={"toy": "Twice"}, section="A") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Twice"],
        ["    Points Possible", "", "", "", "", "3"],
        ['"김", Zoë', "", "", "'@sum", "A", "1.666667"],
        ["Lee, Jr., Ann", "77", "", "ann", "A", "1.166667"],
        [f"'+1, {EVIL}", "", "", "bob", "A", ""],
        ["nothing", "", "", "nothing", "A", ""],
    ]


def test_moodle(rows):
    assert rows(MoodleExport, titles={"toy": "Twice"}) == [
        ["First name", "Last name", "Username", "ID number", "Email address", "Twice"],
        ["Zoë", '"김"', "'@sum", "", "", "1.666667"],
        ["Ann", "Lee, Jr.", "ann", "77", "ann@x.org", "1.166667"],
        [f"'{EVIL}", "'+1", "bob", "", "", ""],
        ["", "", "nothing", "", "", ""],
    ]


def test_nbgraders_own_columns_in_a_file_that_can_be_read(rows):
    found = rows(CsvExport)
    assert found[0] == list(CsvExport.columns)
    assert {len(row) for row in found} == {11}
    ann = dict(zip(*(found[0], found[2]), strict=True))
    assert ann["last_name"] == "Lee, Jr."
    assert [float(ann[name]) for name in ("raw_score", "score")] == pytest.approx([5 / 3, 5 / 3 - 0.5])
    assert dict(zip(found[0], found[4], strict=True))["score"] == "0.0"


def test_only_those_asked_for(rows):
    assert [row[3] for row in rows(CanvasExport, student=["ann"])[2:]] == ["ann"]
    assert rows(CanvasExport, assignment=["other"])[0][5:] == []


def test_a_gradebook_the_kit_has_written(tmp_path, toy, nbgrader_environment, monkeypatch):
    monkeypatch.setenv("PATH", nbgrader_environment["PATH"])
    questions = {
        name: {"points": most, "max_points": most} for name, most in (("double", 2), ("mean", 2), ("counter", 1))
    }
    result = {"student": "ann", "assignment": "toy", "status": "graded", "checks": [], "questions": questions}
    write_gradebook(f"sqlite:///{tmp_path}/g.db", [result], toy.course)
    with Gradebook(f"sqlite:///{tmp_path}/g.db") as gradebook:
        CanvasExport(to=str(tmp_path / "c.csv")).export(gradebook)
    assert (tmp_path / "c.csv").read_text().splitlines()[-1] == "ann,,,ann,,5"
