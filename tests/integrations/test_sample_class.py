"""nbgrader's own commands on this course and its sample class: the same scores as `autograder grade`, all of them."""

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.course import load_course
from autograder.records.scores import number

ROOT = Path(__file__).parents[2]
NAMES = sorted({path.parent.name for path in (ROOT / "examples" / "submitted").glob("*/*/*")})
STUDENTS = sorted(path.name for path in (ROOT / "examples" / "submitted").iterdir())


@pytest.fixture(scope="module")
def course(tmp_path_factory, classroom):
    """A clone of this course whose sample class has handed in."""
    root = tmp_path_factory.mktemp("nbgrader") / "course"
    root.mkdir()
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "grading.yml", root)
    shutil.copytree(ROOT / "examples" / "submitted", root / "submitted")
    return classroom(root)


@pytest.fixture(scope="module")
def released(course):
    """Every assignment of the course through generate_assignment: one by its name, all by a pattern."""
    return [course.nbgrader("generate_assignment", name, "--force") for name in (NAMES[0], "*")]


@pytest.fixture(scope="module")
def autograded(course, released, wall):
    """What `nbgrader autograde` says of each assignment of the class."""
    return {name: course.nbgrader("autograde", name) for name in NAMES}


@pytest.fixture(scope="module")
def graded(course, wall):
    """The folder `autograder grade` leaves for the same class, on a gradebook of its own."""
    out = course.root.parent / "graded"
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        course.root / "submitted",
        "--course",
        course.root,
        "--out",
        out,
    ]
    done = subprocess.run(command, env=course.environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_every_assignment_is_released_as_it_is_built(course, released):
    for name, assignment in load_course(course.root).assignments.items():
        made = course.root / "release" / name
        assert {path.name for path in made.iterdir()} == {f"{name}.ipynb", "test_public.py"}
        assert (made / "test_public.py").read_bytes() == (assignment.released / "test_public.py").read_bytes()
        ours, theirs = (nbformat.read(folder / f"{name}.ipynb", 4) for folder in (assignment.released, made))
        assert [cell.source for cell in theirs.cells] == [cell.source for cell in ours.cells]
        points = [
            cell.metadata.nbgrader.points for cell in theirs.cells if "points" in cell.metadata.get("nbgrader", {})
        ]
        assert sum(points) == assignment.points


def test_the_source_tree_holds_nothing_that_nbgrader_would_give_away(course, released):
    """It copies every file there that is no notebook to students, and over each submission."""
    files = {path.name for path in (course.root / "build" / "source").rglob("*") if path.is_file()}
    assert files == {"test_public.py", *(f"{name}.ipynb" for name in load_course(course.root).assignments)}


def test_the_scores_of_both_paths_are_equal_to_the_last_digit(course, autograded, graded):
    for name in NAMES:
        mine, theirs = course.scores(name, f"sqlite:///{graded}/gradebook.db"), course.scores(name)
        assert mine == theirs
        handed_in = {path.parent.name for path in (course.root / "submitted").glob(f"*/{name}")}
        assert theirs.keys() == handed_in
        for student in handed_in:
            points = {key: entry["points"] for key, entry in course.result(student, name)["questions"].items()}
            assert theirs[student] == points


def test_the_records_of_both_paths_are_the_same(course, autograded, graded):
    """But for the time it took: either can be run first, and the other takes its results for its own."""
    for path in graded.glob("autograded/*/*/results.json"):
        other = course.root / path.relative_to(graded)
        one, two = (json.loads(each.read_text(encoding="utf-8")) for each in (path, other))
        assert (one["key"], one["notes"], one["submission"]) == (two["key"], two["notes"], two["submission"])
        told = [[(check["name"], check["outcome"]) for check in each["checks"]] for each in (one, two)]
        assert told[0] == told[1]


def cells_of(course, student, name):
    notebook = nbformat.read(course.root / "autograded" / student / name / f"{name}.ipynb", 4)
    nbformat.validate(notebook)
    return notebook.cells


def test_each_grade_cell_has_the_number_and_the_table_and_nothing_else(course, autograded):
    for path in (course.root / "autograded").glob("*/*/results.json"):
        student, name = path.parts[-3:-1]
        result = course.result(student, name)
        checks = [cell for cell in cells_of(course, student, name) if cell.metadata.get("nbgrader", {}).get("grade")]
        assert len(checks) == len(result["questions"])
        for cell in checks:
            question = cell.metadata.nbgrader.grade_id.removeprefix("check-")
            (output,) = cell.outputs
            assert output.data["text/plain"] == number(result["questions"][question]["points"])
            assert f"for <code>{question}</code>" in output.data["text/html"]


def test_demo_cells_were_run_behind_the_wall_and_show_it(course, autograded):
    demos = [cell for cell in cells_of(course, "amelie", "im2col") if cell.id.startswith("demo-")]
    pictures = [output for cell in demos for output in cell.outputs if "image/png" in output.get("data", {})]
    assert pictures
    assert all(output.output_type != "error" for cell in demos for output in cell.outputs)


def test_a_demo_that_hangs_or_ends_the_process_is_told_so(course, autograded):
    said = {}
    for student in ("goran", "jonas"):
        outputs = [output for cell in cells_of(course, student, "im2col") for output in cell.get("outputs", [])]
        said[student] = "\n".join(output.text for output in outputs if output.output_type == "stream")
    assert "it was stopped after" in said["goran"]
    assert "its process ended" in said["jonas"]
    assert "Not run: the run ended in cell" in said["jonas"]


def test_a_second_run_changes_nothing_and_force_gives_the_same(course, autograded):
    before = course.scores("im2col")
    assert "Skipping existing" in course.nbgrader("autograde", "im2col")
    course.nbgrader("autograde", "im2col", "--student", "mateo", "--force")
    assert course.scores("im2col") == before


def test_the_class_page_is_written(course, autograded):
    page = (course.root / "index.html").read_text(encoding="utf-8")
    assert all(student in page for student in STUDENTS)
    assert "The cell of <code>col2im</code> (under <em>Backward</em>) is missing." in page


def test_database_commands_run(course, autograded):
    students, assignments = (course.nbgrader("db", kind, "list") for kind in ("student", "assignment"))
    assert all(student in students for student in STUDENTS)
    assert all(name in assignments for name in NAMES)
    course.nbgrader("db", "student", "add", "kofi", "--first-name", "Kofi", "--last-name", "Mensah")


def test_lists_for_other_systems(course, autograded):
    course.nbgrader("export")
    for system in ("Canvas", "Moodle"):
        course.nbgrader(
            "export", "--exporter", f"autograder.integrations.export.{system}Export", "--to", f"{system}.csv"
        )
        with (course.root / f"{system}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        title = load_course(course.root).assignment("im2col").title
        login = {"Canvas": "SIS Login ID", "Moodle": "Username"}[system]
        found = {row[login]: row[title] for row in rows if row[login]}
        assert float(found["goran"]) == course.result("goran", "im2col")["points"]
        assert found["kofi"] == "", "not handed in is no zero"


def test_formgrader_in_a_browser(course, autograded, browser, serve, tmp_path):
    """The assignment list, its submissions, one with our tables; a score and a comment entered, saved, exported."""
    from nbgrader.api import Gradebook
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    db_url = f"sqlite:///{course.root}/gradebook.db"
    course.nbgrader("db", "student", "add", "emma jones", "--first-name", "=1+1", "--last-name", "Jones, E.")
    address, wait = serve(course), WebDriverWait(browser, 120)

    def look(page, words):
        browser.get(address.format(page))
        wait.until(lambda _: all(word in browser.find_element(By.TAG_NAME, "body").text for word in words))
        browser.save_screenshot(tmp_path / f"{page.split('/')[0]}.png")
        return browser.find_element(By.TAG_NAME, "body").text

    look("manage_assignments", NAMES)
    look("manage_submissions/im2col", ["goran", "김하늘", "mateo"])
    look("gradebook/im2col/im2col", ["Submission #1"])
    with Gradebook(db_url) as gradebook:
        ident = gradebook.find_submission_notebook("im2col", "im2col", "emma jones").id
    text = look(f"submissions/{ident}", ["for im2col", "of 3 points", "hidden check"])
    for check in course.result("emma jones", "im2col")["checks"]:
        assert check["title"].replace("`", "").replace("*", "")[:40] in text.replace("*", "")
    score = browser.find_element(By.ID, "check-pooling")
    wait.until(lambda _: float(score.get_attribute("placeholder") or score.get_attribute("value")) == 0.55)
    score.send_keys("0.75", Keys.TAB)
    comment = browser.find_element(By.ID, "answer-pooling-comment")
    comment.send_keys("Pad with minus infinity. <b>한국어</b>", Keys.TAB)

    def saved(_):
        with Gradebook(db_url) as gradebook:
            grade = gradebook.find_grade("check-pooling", "im2col", "im2col", "emma jones")
            words = gradebook.find_comment("answer-pooling", "im2col", "im2col", "emma jones").manual_comment
            return grade.manual_score == 0.75 and words == "Pad with minus infinity. <b>한국어</b>"

    wait.until(saved)
    browser.execute_script("arguments[0].scrollIntoView()", comment)
    browser.save_screenshot(tmp_path / "entered.png")
    course.nbgrader("export", "--exporter", "autograder.integrations.export.CanvasExport", "--to", "canvas.csv")
    with (course.root / "canvas.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["SIS Login ID"] == "emma jones"]
    assert float(row[load_course(course.root).assignment("im2col").title]) == 8.39
    assert row["Student"] == "Jones, E., =1+1"
    course.nbgrader("generate_feedback", "im2col", "--student", "emma jones")
    page = (course.root / "feedback" / "emma jones" / "im2col" / "im2col.html").read_text(encoding="utf-8")
    assert "Pad with minus infinity." in page


def test_through_the_exchange_and_back(course, autograded):
    """Release, fetch, submit, collect, grade, release feedback, fetch it: as a student and their instructor do."""
    course.exchanged("release_assignment", "im2col")
    assert "im2col" in course.exchanged("list")
    student, ident = course.root.parent / "student", f"--course={load_course(course.root).id}"
    student.mkdir()
    course.exchanged("fetch_assignment", "im2col", ident, cwd=student)
    assert (student / "im2col" / "test_public.py").is_file()
    shutil.copy(course.root / "submitted" / "chiara" / "im2col" / "im2col.ipynb", student / "im2col")
    course.exchanged("submit", "im2col", ident, cwd=student)
    course.exchanged("collect", "im2col")
    ((name, folder),) = [(path.parts[-3], path.parent) for path in course.root.glob("submitted/*/im2col/timestamp.txt")]
    course.nbgrader("autograde", "im2col", "--student", name)
    assert course.scores("im2col")[name] == course.scores("im2col")["chiara"]
    course.nbgrader("generate_feedback", "im2col")
    for one in course.scores("im2col"):
        page = (course.root / "feedback" / one / "im2col" / "im2col.html").read_text(encoding="utf-8")
        assert "points</b> for <code>pooling</code>" in page, one
    said = course.exchanged("release_feedback", "im2col")
    assert "Not handed in through the exchange: amelie." in said
    course.exchanged("fetch_feedback", "im2col", ident, cwd=student)
    assert len(list((student / "im2col" / "feedback").rglob("im2col.html"))) == 1
    shutil.rmtree(folder.parent)


def test_zip_collect(course, released):
    folder = course.root / "downloaded" / "im2col" / "archive"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as file:
        file.write(course.root / "submitted" / "amelie" / "im2col" / "im2col.ipynb", "zoe b_im2col.ipynb")
    course.nbgrader("zip_collect", "im2col", "--force")
    assert (course.root / "submitted" / "zoe b" / "im2col" / "im2col.ipynb").is_file()
    shutil.rmtree(course.root / "submitted" / "zoe b")
