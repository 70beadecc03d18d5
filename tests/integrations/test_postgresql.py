"""The gradebook on a real PostgreSQL: the whole path, and two grading runs that write at the same time."""

import getpass
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text

NOBODY = "nobody"  # PostgreSQL refuses to run as root
FULL = {"double": 2, "mean": 2, "counter": 1}
CLASS = [f"student {number:02}" for number in range(12)]


@pytest.fixture(scope="module")
def server(postgresql):
    """A server of our own, reached by a socket in its folder; ends with the tests."""
    root = os.geteuid() == 0
    # Not below pytest's folder: that is closed to other users, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = NOBODY if root else getpass.getuser()
    if root:
        shutil.chown(folder, NOBODY)
    user = {"user": NOBODY, "group": "nogroup", "extra_groups": []} if root else {}

    def run(*command):
        done = subprocess.run(
            [str(postgresql / command[0]), *map(str, command[1:])], cwd=folder, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, check=False, **user,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    data = folder / "data"
    run("initdb", "-D", data, "-A", "trust", "-U", owner, "-E", "UTF8", "--no-sync")
    # -l: the server must not keep the pipes of the command that starts it.
    run("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-k {folder} -c listen_addresses='' -F", "start")
    try:

        def new_database(name):
            run("createdb", "-h", folder, "-U", owner, name)
            return f"postgresql://{owner}@/{name}?host={folder}"

        yield new_database
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def room(toy_classroom, toy, server, request):
    """The tiny course with its gradebook on the server, and a class that has handed in."""
    url = server(request.node.name[:40])
    path = toy_classroom.root / "grading.yml"
    path.write_text(path.read_text().replace("{title: Toy course}", f"{{title: Toy course, gradebook: '{url}'}}"))
    for student in CLASS:
        notebook = toy.hand_in(student)
        target = toy_classroom.root / "submitted" / student / "toy"
        target.parent.mkdir(parents=True)
        shutil.move(notebook.parent, target)
    object.__setattr__(toy_classroom, "url", url.replace("postgresql:", "postgresql+psycopg:"))
    return toy_classroom


def counts(url):
    """Rows of each table that a write could double."""
    tables = ("student", "assignment", "submitted_assignment", "submitted_notebook", "grade", "comment", "base_cell")
    with Gradebook(url) as gradebook:
        return [gradebook.db.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]


ROWS = [12, 1, 12, 12, 36, 36, 6]


def test_the_whole_path(room, wall):
    room.nbgrader("generate_assignment", "toy")
    room.nbgrader("autograde", "toy", "--CourseDirectory.student_id_exclude=" + ",".join(CLASS[3:]))
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", "submitted"], cwd=room.root, env=room.environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (room.root / "gradebook.db").exists()
    room.nbgrader("generate_feedback", "toy", "--force", "--student", CLASS[0])
    room.nbgrader("export", "--exporter", "autograder.integrations.export.CanvasExport")
    assert (room.root / "canvas.csv").read_text().count(",5\n") == len(CLASS) + 1
    assert room.scores("toy", room.url) == dict.fromkeys(CLASS, FULL)
    assert counts(room.url) == ROWS


def test_two_runs_at_the_same_time_lose_and_double_nothing(room, wall):
    """Two folders of records, one gradebook that neither has opened before."""
    grade = [sys.executable, "-m", "autograder", "grade", "submitted", "--db", room.url, "--out"]
    commands = [[*grade, f"../out{n}"] for n in (1, 2)]
    runs = [
        subprocess.Popen(command, cwd=room.root, env=room.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
        for command in commands
    ]  # fmt: skip
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert room.scores("toy", room.url) == dict.fromkeys(CLASS, FULL)
    assert counts(room.url) == ROWS


def test_many_writes_of_the_same_rows_at_the_same_moment(room, toy):
    """The writes alone, started together from four processes, in different order, on a database that is still empty."""
    code = (
        "import json, sys, time; from pathlib import Path; from autograder.course import load_course\n"
        "from autograder.records import write_gradebook\n"
        "course = load_course(Path(sys.argv[1])); names = json.loads(sys.argv[3])\n"
        "questions = {'double': 2, 'mean': 2, 'counter': 1}\n"
        "def result(s): return {'student': s, 'assignment': 'toy', 'status': 'graded', 'checks': [], 'questions':"
        " {q: {'points': m, 'max_points': m} for q, m in questions.items()}}\n"
        "time.sleep(max(0, float(sys.argv[4]) - time.time()))\n"
        "for _ in range(3): write_gradebook(sys.argv[2], [result(s) for s in names], course)\n"
    )
    start = time.time() + 6
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, room.root, room.url, json.dumps(CLASS[::-1] if n % 2 else CLASS), str(start)],
            env=room.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for n in range(4)
    ]  # fmt: skip
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, said
    assert room.scores("toy", room.url) == dict.fromkeys(CLASS, FULL)
    assert counts(room.url) == ROWS


def test_a_server_that_is_not_there_is_told_with_a_fix(room):
    url = room.url.replace("?host=", "?host=/nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", "submitted", "--out", "../out", "--db", url], cwd=room.root,
        env=room.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert not (room.root.parent / "out" / "autograded").exists(), "told before the work"
    assert "Check that the database can be reached" in done.stderr
    assert "Traceback" not in done.stderr
