"""A class with every kind of bad work in it, graded by the real command: words for each, and nobody pays for another.

Below that, what a run leaves behind when something stops it.
"""

import csv
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import pytest
from rich.console import Console

from autograder import classroom
from autograder.classroom import grade_class
from autograder.errors import KitError, SandboxError
from autograder.grading.job import Conditions
from autograder.grading.result import without_grade
from autograder.records import results

RIGHT = {"points": 5.0, "status": "graded"}
ANSI = "\x1b[31mred [bold]b[/bold] [/x] \u202eevil"

ANSWERS = {
    "ann": {},
    "with spaces": {},
    "김하늘": {},
    "=cmd()": {},
    "[bold]kim": {},
    "arity": {"double": "def double(x, y):\n    return 2 * x"},
    "none": {"double": "def double(x):\n    2 * x"},
    "text": {"double": "def double(x):\n    return 'twice'"},
    "shape": {"double": "def double(x):\n    return (2 * x).sum()"},
    "dtype": {"double": "def double(x):\n    return (2 * x).astype(str)"},
    "nan": {"double": "def double(x):\n    return x * np.nan"},
    "missing": {"counter": "class Countre:\n    pass"},
    "raises": {"counter": "class Counter:\n    pass\n\n\n1 / 0"},
    "loops": {"counter": "class Counter:\n    def __init__(self, start):\n        while True:\n            pass"},
    "loops_in_a_cell": {"counter": "while True:\n    pass"},
    "exits": {"counter": "import sys\nsys.exit()"},
    "ends": {"counter": "import os\nos._exit(0)"},
    "ends_in_a_call": {"double": "def double(x):\n    import os\n    os._exit(0)"},
    "colours": {"double": f"def double(x):\n    raise ValueError({ANSI!r} + chr(10) * 50)"},
}


def old_notebook(notebook):
    cells = [
        {"cell_type": "code", "language": "python", "input": cell["source"], "outputs": []}
        if cell["cell_type"] == "code"
        else {"cell_type": "markdown", "source": cell["source"]}
        for cell in notebook["cells"]
    ]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "toy"}, "worksheets": [{"cells": cells}]}


def hand_in_everything(toy):
    for student, answers in ANSWERS.items():
        toy.hand_in(student, **answers)
    toy.hand_in("invalid", json.dumps(toy.notebook())[:-40])
    toy.hand_in("version3", old_notebook(toy.notebook()))
    large = toy.notebook()
    large["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * (50 * 2**20)}]
    toy.hand_in("outputs", large)
    toy.hand_in("empty", b"")
    toy.hand_in("no_code", {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    toy.hand_in("two", name="toy_a.ipynb")
    (toy.submitted / "two/toy_a").rename(toy.submitted / "two/toy")
    toy.hand_in("two", name="toy.py", content="x = 1")
    (toy.submitted / "two/toy/toy.py").rename(toy.submitted / "two/toy/toy_b.py")
    toy.hand_in("lost", name="nowhere.ipynb")
    toy.hand_in("plain", (toy.root / "solutions/toy/toy.py").read_text(), name="toy.py")
    with zipfile.ZipFile(toy.submitted / "evil_toy.zip", "w") as archive:
        archive.writestr("../x/toy/toy.ipynb", json.dumps(toy.notebook()))


class Graded:
    """The class once graded: what the command said, and what it wrote."""

    def __init__(self, toy, said):
        self.toy, self.said = toy, said

    def result(self, student):
        return self.toy.result(student)

    def check(self, student, name):
        (found,) = [check for check in self.result(student)["checks"] if check["name"] == name]
        return found

    def cell(self, student):
        (found,) = [cell for cell in self.result(student)["cells"] if cell["outcome"] != "ok"]
        return found

    def rows(self):
        with (self.toy.root / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def texts(self):
        """Everything a person reads: what the command said, results and pages."""
        paths = [path for path in self.toy.root.rglob("*") if path.suffix in (".html", ".json", ".csv")]
        kept = [path for path in paths if "solutions" not in path.parts]
        return [self.said.stdout, self.said.stderr, *(path.read_text(encoding="utf-8") for path in kept)]


@pytest.fixture(scope="module")
def graded(wall, make_toy, run, tmp_path_factory):
    """Graded with one command; the tests below look at what came of it and change nothing."""
    toy = make_toy(tmp_path_factory.mktemp("class"))
    hand_in_everything(toy)
    return Graded(toy, run("autograder", "grade", toy.submitted, "--jobs", 2, cwd=toy.root))


def test_the_exit_status_says_that_not_all_could_be_graded(graded):
    assert graded.said.returncode == 1, graded.said.stdout + graded.said.stderr


def test_no_traceback_anywhere(graded):
    for text in graded.texts():
        assert "Traceback" not in text


@pytest.mark.parametrize(
    "student", ["ann", "with spaces", "김하늘", "=cmd()", "[bold]kim", "outputs", "version3", "plain"]
)
def test_right_work_gets_everything_whatever_it_comes_in(graded, student):
    result = graded.result(student)
    assert (result["points"], result["status"], result["problem"]) == (5.0, "graded", "")


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("invalid", ["`toy.ipynb`", "cut off", "Fix: save the notebook"]),
        ("empty", ["`toy.ipynb`", "empty (0 bytes)", "Fix: "]),
        ("no_code", ["`toy.ipynb`", "no code cell", "Fix: "]),
        ("two", ["two files for one student", "toy_a.ipynb", "toy_b.py", "Fix: keep one."]),
    ],
)
def test_what_cannot_be_read_says_file_and_fix(graded, student, words):
    result = graded.result(student)
    assert (result["status"], result["points"], result["checks"]) == ("unreadable", 0.0, [])
    for word in words:
        assert word in result["problem"]
    page = (graded.toy.root / "feedback" / student / "toy/toy.html").read_text()
    assert "Fix: " in page


def test_old_versions_and_large_outputs_are_remarked_on(graded):
    old, lost = graded.result("version3")["notes"]
    assert "have lost nbgrader's metadata" in lost
    assert "version 3" in old
    assert "open it in a current Jupyter, save it" in old
    assert "saved outputs were ignored" in str(graded.result("outputs")["notes"])


def test_what_belongs_nowhere_is_named_and_nothing_is_written_for_it(graded):
    said = graded.said.stdout
    assert "Not graded: `lost/nowhere/nowhere.ipynb`: there is no assignment `nowhere` in grading.yml." in said
    assert "../x" in said
    assert not (graded.toy.root / "autograded/lost").exists()
    assert not list(graded.toy.root.parent.rglob("x/toy.ipynb"))


def test_a_missing_function_is_named_with_its_cell(graded):
    for name in ("test_counter_small", "test_counter_twice"):
        found = graded.check("missing", name)
        assert found["outcome"] == "missing"
        assert found["message"] == "`Counter` is not defined: add it in the cell under *A counter*"
    assert graded.result("missing")["points"] == 4.0


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("arity", "missing 1 required positional argument: 'y'"),
        ("none", "must be an array, but it is None (is a return missing?)"),
        ("text", "must be an array, but it is 'twice'"),
        ("shape", "must have shape (3,), but its shape is ()"),
        ("dtype", "ndarray"),
        ("nan", "3 of 3 values are NaN or infinite"),
        ("ends_in_a_call", "process ended"),
    ],
)
def test_a_wrong_answer_says_what_is_wrong_and_costs_its_question(graded, student, words):
    found = graded.check(student, "test_double_small")
    assert (found["outcome"], words in found["message"]) == ("failed", True), found["message"]
    assert graded.result(student)["points"] == 3.0  # mean is graded with a right double


def test_a_call_that_never_ends_is_stopped(graded):
    found = graded.check("loops", "test_counter_small")
    assert (found["outcome"], found["message"]) == ("timeout", "It was stopped after 1 seconds of computing")
    assert "was not run again" in graded.check("loops", "test_counter_twice")["message"]
    assert graded.result("loops")["points"] == 4.0


@pytest.mark.parametrize(
    ("student", "outcome", "words"),
    [
        ("raises", "raised", "ZeroDivisionError: division by zero"),
        ("loops_in_a_cell", "timeout", "stopped after 1 seconds of computing"),
        ("exits", "raised", "SystemExit"),
        ("ends", "exited", "process ended"),
    ],
)
def test_a_cell_that_does_not_run_to_its_end_is_named_and_costs_its_answer(graded, student, outcome, words):
    cell = graded.cell(student)
    assert (cell["id"], cell["outcome"], words in cell["message"]) == ("answer-counter", outcome, True), cell
    assert "under *A counter*" in cell["message"]
    assert graded.result(student)["points"] == 4.0


def test_what_a_submission_says_is_shown_harmlessly(graded):
    found = graded.check("colours", "test_double_small")
    assert "[bold]b[/bold] [/x]" in found["message"]
    for text in graded.texts():
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "[bold]kim" in graded.said.stdout
    assert graded.said.stderr == ""


def test_the_table_has_a_row_for_everybody(graded):
    for student in (*ANSWERS, "invalid", "empty", "two", "plain"):
        assert student in graded.said.stdout
    for problem in ("Not graded: empty · toy: `toy.ipynb`: the file is empty", "Not graded: two · toy: two files"):
        assert problem in graded.said.stdout
    assert "27 submissions · cpu · bundled" in graded.said.stdout


def test_grades_csv_has_them_all_and_no_formula(graded):
    rows = graded.rows()
    assert rows["ann"]["toy"] == "5"
    assert rows["missing"]["toy/counter"] == "0"
    assert rows["invalid"]["toy"] == "0"
    assert "'=cmd()" in rows
    assert "=cmd()" not in rows
    assert rows["ann"]["tiny"] == ""
    assert len(rows) == 27


def test_every_record_is_there(graded):
    root = graded.toy.root
    assert (root / "gradebook.db").is_file()
    assert "김하늘" in (root / "index.html").read_text(encoding="utf-8")
    for student in ("ann", "김하늘", "empty"):
        assert (root / "feedback" / student / "toy/toy.html").is_file()
        assert (root / "autograded" / student / "toy/toy.ipynb").is_file()
    assert not list(root.rglob("*.tmp"))
    assert not (root / ".autograder-writes").exists()


def test_the_same_command_grades_only_what_changed(graded, run, tmp_path):
    """On a copy, so that the other tests keep theirs."""
    root, submitted = tmp_path / "course", tmp_path / "submitted"
    shutil.copytree(graded.toy.root, root)
    shutil.copytree(graded.toy.submitted, submitted)
    toy = replace(graded.toy, root=root, submitted=submitted)
    before = {path: path.read_bytes() for path in root.glob("autograded/*/toy/results.json")}
    # One result damaged, one page lost, one submission changed; an assignment of which only this file is left.
    damaged = root / "autograded/ann/toy/results.json"
    damaged.write_bytes(before[damaged][:99])
    (root / "feedback/arity/toy/toy.html").unlink()
    toy.hand_in("none", double="def double(x):\n    return 2 * x")
    again = run("autograder", "grade", submitted, cwd=root)
    assert (again.returncode, again.stderr) == (1, "")
    assert "27 submissions (23 unchanged, not graded again)" in again.stdout
    assert toy.result("none")["points"] == 5.0
    assert toy.result("ann")["points"] == 5.0
    assert "missing 1 required positional argument" in (root / "feedback/arity/toy/toy.html").read_text()
    same = {path.parts[-3] for path, content in before.items() if path.read_bytes() == content}
    assert set(ANSWERS) - same == {"ann", "none"}


@pytest.mark.usefixtures("wall")
def test_ctrl_c_in_the_middle_and_the_same_command_again(toy, environment):
    toy.hand_in("quick")
    toy.hand_in("slow", counter="import time\ntime.sleep(9)\n\n\n" + toy_counter())
    command = [sys.executable, "-m", "autograder", "grade", str(toy.submitted), "--jobs", "1"]
    options = {"cwd": toy.root, "env": environment(), "stdin": subprocess.DEVNULL, "text": True}
    # A shell's background job ignores interrupts, and all it starts; then so would this command.
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # As at a terminal: the interrupt reaches everything the command has started.
    with subprocess.Popen(command, start_new_session=True, **options, **pipes) as running:
        finished = toy.root / "autograded/quick/toy/results.json"
        while not finished.exists() and running.poll() is None:
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate()
    assert running.returncode == 130, out + err
    assert "Stopped. What was finished is kept: the same command goes on from there." in err
    assert "Traceback" not in out + err
    assert not (toy.root / "autograded/slow").exists()
    kept = finished.read_bytes()

    again = subprocess.run(command, **options, **pipes, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert "2 submissions (1 unchanged, not graded again)" in again.stdout
    assert finished.read_bytes() == kept
    assert toy.result("slow")["points"] == 5.0


def toy_counter():
    return (
        "class Counter:\n    def __init__(self, start):\n        self.total = start\n\n"
        "    def add(self, number):\n        self.total += number\n        return self.total"
    )


# what a run leaves behind, with grading itself left out ---------------------------------------------------------------


@pytest.fixture
def grade(toy, monkeypatch):
    """Grade what was handed in with planted outcomes, full points for all others; gives all is well, and the text."""

    def grade(outcomes=None, out=None, only=(), sandbox="bubblewrap"):
        course = toy.course

        def grade_all(jobs, conditions, workers):
            for job in jobs:
                outcome = (outcomes or {}).get(job.student)
                if isinstance(outcome, BaseException) and not isinstance(outcome, KitError):
                    raise outcome
                full = without_grade(job, course.assignments[job.assignment], conditions, "", "graded")
                for question in full["questions"].values():
                    question["points"] = question["max_points"]
                full["points"] = full["max_points"]
                yield job, outcome if isinstance(outcome, KitError) else {**full, **(outcome or {})}

        monkeypatch.setattr(classroom, "grade_all", grade_all)
        monkeypatch.setattr(classroom, "write_gradebook", lambda *arguments, **options: None)
        console = Console(file=io.StringIO(), width=160)
        conditions = Conditions(str(toy.root), sandbox=sandbox)
        fine = grade_class(course, toy.submitted, out or toy.root, conditions, only, 2, console)
        return fine, console.file.getvalue()

    return grade


def rows(toy):
    with (toy.root / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_all_graded_is_well(toy, grade):
    toy.hand_in("ann")
    fine, text = grade()
    assert fine
    assert "1 submission · cpu · bundled" in text


def test_grading_one_assignment_keeps_the_others_in_the_lists(toy, grade):
    toy.hand_in("ann")
    toy.hand_in("bob", "def one():\n    return 1\n", name="tiny.py")
    grade(only=["toy"])
    fine, text = grade(only=["tiny"])
    assert fine
    assert "1 submission " in text
    assert (rows(toy)["ann"]["toy"], rows(toy)["bob"]["tiny"]) == ("5", "1")
    page = (toy.root / "index.html").read_text()
    assert "ann" in page
    assert "bob" in page


def test_what_was_graded_elsewhere_stays_there(toy, grade, tmp_path):
    toy.hand_in("ann")
    grade(out=tmp_path / "first")
    _, text = grade(out=tmp_path / "second")
    assert "unchanged" not in text
    assert not (toy.root / "grades.csv").exists()


def test_an_error_of_ours_is_told_once_and_graded_again_next_time(toy, grade):
    for student in ("ann", "bob", "cho", "dan", "eve"):
        toy.hand_in(student)
    broken = {"status": "error", "points": 0.0, "problem": "Something broke.", "defects": ["NameError: planted"]}
    fine, text = grade(dict.fromkeys(("ann", "bob", "cho", "dan"), broken))
    assert not fine
    assert text.count("NameError: planted") == 1
    assert "Our error, not theirs, in ann · toy, bob · toy, cho · toy and 1 more:" in text
    assert rows(toy)["ann"]["toy"] == ""  # not a zero
    fine, text = grade()
    assert fine
    assert "5 submissions (1 unchanged" in text
    assert rows(toy)["ann"]["toy"] == "5"


def test_a_submission_the_grader_could_not_work_on_is_said_so(toy, grade):
    toy.hand_in("ann")
    toy.hand_in("bob")
    fine, text = grade({"ann": SandboxError("The wall did not start: planted.")})
    assert not fine
    assert "The wall did not start: planted." in text
    assert toy.result("ann")["status"] == "error"
    assert toy.result("bob")["points"] == 5.0


def test_no_wall_is_stamped_on_everything(toy, grade):
    toy.hand_in("ann")
    _, text = grade(sandbox="none")
    assert "Graded WITHOUT A WALL (--sandbox none)" in text
    assert toy.result("ann")["sandbox"] == "none"
    assert "without the wall" in (toy.root / "feedback/ann/toy/toy.html").read_text()
    _, text = grade()
    assert "unchanged" not in text  # the wall is one of the conditions
    assert "WITHOUT" not in text


def test_an_interrupt_keeps_what_was_finished(toy, grade):
    for student in ("ann", "bob", "cho"):
        toy.hand_in(student)
    with pytest.raises(KeyboardInterrupt):
        grade({"bob": KeyboardInterrupt()})
    assert toy.result("ann")["points"] == 5.0
    fine, text = grade()
    assert fine
    assert "3 submissions (1 unchanged" in text


def test_an_output_folder_that_cannot_be_written_is_told_before_the_work(toy, grade, tmp_path):
    toy.hand_in("ann")
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(KitError, match="--out") as caught:
        grade({"ann": AssertionError("it was graded")}, out=tmp_path / "out")
    assert "cannot write" in str(caught.value)


def test_a_disk_that_fills_up_loses_nothing(toy, grade, monkeypatch):
    for student in ("ann", "bob", "cho"):
        toy.hand_in(student)
    real, full = os.fsync, []

    def fsync(handle):
        if (toy.root / "autograded/ann/toy/results.json").exists() and not full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(results.os, "fsync", fsync)
    with pytest.raises(KitError, match=r"the disk is full\. Free some space there"):
        grade()
    assert not [path for path in toy.root.rglob("*") if path.name.endswith(".tmp")]
    full.append("no more")
    fine, text = grade()
    assert fine
    assert "3 submissions (1 unchanged" in text


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KB, where one may be mounted; its size can be changed."""
    folder = tmp_path / "small"
    folder.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if not mount("size=64k"):
        pytest.skip("this user may not mount a file system; the planted error above stands for it")
    yield folder, lambda size: mount(f"remount,size={size}")
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_really_is_full(toy, grade, small_disk):
    folder, resize = small_disk
    for number in range(12):
        toy.hand_in(f"student{number}")
    with pytest.raises(KitError, match="the disk is full"):
        grade(out=folder)
    finished = len(list(folder.glob("autograded/*/toy/results.json")))
    assert 0 < finished < 12
    assert not list(folder.rglob("*.tmp"))
    assert resize("8m")
    fine, text = grade(out=folder)
    assert fine
    assert f"12 submissions ({finished} unchanged" in text


def test_names_take_no_effect_in_the_progress_bar(toy, grade):
    toy.hand_in("[bold]kim[")
    console = Console(file=io.StringIO(), width=120, force_terminal=True, legacy_windows=False)
    run = classroom.Records(toy.course, toy.root, Conditions(str(toy.root)))
    jobs = classroom._sort_out(classroom.find_submissions(toy.submitted, toy.course), run)
    grade()
    classroom._grade(jobs, run, 1, console)
    assert "[bold]kim[" in console.file.getvalue()
