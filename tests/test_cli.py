"""The command line: what each command needs, and that wrong use ends in words that name the fix."""

import re
import shutil
import sys

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.cli import app, main

COMMANDS = ("build", "check", "grade", "batch", "verify", "doctor", "demo")


@pytest.fixture
def fails(toy, monkeypatch, capsys):
    """Run a command in the course, in this process; gives what it says when it ends with the status of wrong use."""
    monkeypatch.chdir(toy.root)
    monkeypatch.setenv("COLUMNS", "300")

    def fails(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return err

    return fails


def test_every_command_has_help():
    listed = CliRunner().invoke(app, ["--help"]).output
    for name in COMMANDS:
        assert name in listed
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0
    assert {command.callback.__name__ for command in app.registered_commands} == set(COMMANDS)
    assert all(command.callback.__doc__ for command in app.registered_commands)


def test_the_statuses_are_those_of_the_readme():
    statuses = (cli.FINE, cli.SOME_NOT_GRADED, cli.WRONG_USE, cli.INTERRUPTED)
    assert statuses == (0, 1, 2, 130)


# wrong use ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["grade", "submitted"], ["build"], ["verify"]])
def test_outside_a_course_a_course_is_asked_for(fails, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    said = fails(*command)
    assert "There is no grading.yml here or above." in said
    assert "--course FOLDER" in said


def test_a_course_may_be_named(tmp_path, monkeypatch, toy, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["build", "--course", str(toy.root)])
    assert ended.value.code == 0
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "nowhere"], "does not exist. Fix: check the path."),
        (["grade", ".", "-a", "tooy"], "There is no assignment `tooy`. Fix: use 'toy'"),
        (["grade", ".", "--device", "gpu"], "--device 'gpu' is unknown. Use one of: auto, cpu, cuda."),
        (["grade", ".", "--data", "cifar"], "--data 'cifar' is unknown. Use one of: bundled, mnist."),
        (["grade", ".", "--sandbox", "docker"], "--sandbox 'docker' is unknown. Use one of: bubblewrap, none."),
        (["grade", ".", "--jobs", "-1"], "Invalid value for '--jobs'"),
        (["grade", ".", "--seed", "x"], "Invalid value for '--seed'"),
        (["grade"], "Missing argument"),
        (["grade", ".", "--course", "nowhere"], "nowhere"),
        (["build", "tooy"], "there is no assignment 'tooy'"),
        (["verify", "tooy"], "there is no assignment 'tooy'"),
        (["verify", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["graed", "."], "No such command 'graed'"),
    ],
)
def test_wrong_arguments_are_answered_with_the_right_ones(fails, arguments, words):
    assert words in fails(*arguments)


def test_an_empty_folder_says_what_would_be_accepted(fails, tmp_path):
    (tmp_path / "empty").mkdir()
    said = fails("grade", tmp_path / "empty")
    assert "holds no submission" in said
    assert "<student>/<assignment>/<assignment>.ipynb" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    points: 5\n", "    points: 6\n", ["line 6", "toy → points", "add up to 5", "write `points: 5`"]),
        ("    title: One\n", "    titel: One\n", ["line 12", "tiny → titel", "unknown", "title"]),
        ("      counter: 1\n", "      counter: 1\n      speed: 1\n", ["points", "add up to 6"]),
        ("      counter: 1\n", "", ["solutions/toy/test_public.py, line 20", "no question 'counter'", "double, mean"]),
        ("points: 1\n", "points: many\n", ["line 13", "tiny → points", "Fix: "]),
        ("assignments:\n", "assignments: [\n", ["line", "Fix: "]),
        ("needs: [double]", "needs: [duoble]", ["line 9", "mean → needs", "'duoble'", "double"]),
    ],
)
def test_a_course_with_a_mistake_says_file_line_key_and_fix(fails, toy, old, new, words):
    if new == "":
        toy.change("grading.yml", "points: 5", "points: 4")
    toy.change("grading.yml", old, new)
    said = " ".join(fails("grade", ".").split())
    for word in words:
        assert word in said, said
    assert "grading.yml" in said
    assert "Fix: " in said


def test_a_question_with_no_check_is_a_mistake_of_the_course(fails, toy):
    toy.change("grading.yml", "points: 5", "points: 6")
    toy.change("grading.yml", "      counter: 1\n", "      counter: 1\n      speed: 1\n")
    said = " ".join(fails("grade", ".").split())
    assert "line 11" in said
    assert "toy → questions → speed: no check asks this question" in said
    assert 'Fix: write one below @question("speed", …) in solutions/toy/test_public.py' in said


def test_a_file_that_cannot_be_used_is_no_traceback(fails, monkeypatch):
    def full(*arguments, **named):
        raise OSError(28, "No space left on device", "/tmp/x")

    monkeypatch.setattr(cli, "load_course", full)
    said = fails("build")
    assert "/tmp/x: No space left on device. Fix: check the path, your permission and the free space there" in said


def test_without_cuda_cuda_is_refused_with_a_way_out(fails, monkeypatch):
    from autograder import options

    monkeypatch.setattr(options, "cuda_available", lambda: False)
    assert "torch finds no CUDA device here. Use --device cpu" in fails("grade", ".", "--device", "cuda")


def test_without_bubblewrap_grading_refuses_with_the_one_command(fails, toy, tmp_path, monkeypatch):
    toy.hand_in("ann")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = fails("grade", toy.submitted)
    assert "bubblewrap is missing" in said
    assert "sudo apt-get install bubblewrap" in said
    assert not (toy.root / "autograded").exists()


@pytest.mark.parametrize(("command", "words"), [("grade", cli.KEPT), ("verify", cli.STOPPED)])
def test_an_interrupt_has_a_status_of_its_own(toy, monkeypatch, capsys, command, words):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.chdir(toy.root)
    monkeypatch.setattr(cli, "load_course", stop)
    with pytest.raises(SystemExit) as ended:
        main([command, "."])
    assert ended.value.code == 130
    assert " ".join(capsys.readouterr().err.split()) == words


# the commands themselves -----------------------------------------------------------------------------------------


def test_build_says_what_it_wrote_and_a_second_build_has_nothing_to_do(toy, run):
    shutil.rmtree(toy.root / "assignments/toy")
    first = run("autograder", "build", cwd=toy.root)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == ["wrote assignments/toy/toy.ipynb", "wrote assignments/toy/test_public.py"]
    second = run("autograder", "build", cwd=toy.root)
    assert "Nothing to do: assignments/ is up to date." in second.stdout


def test_light_commands_do_not_import_torch(toy, run):
    code = "\n".join(
        [
            "import sys",
            "from autograder import cli",
            "try: cli.main(['build'])",
            "finally: print('torch' in sys.modules)",
        ]
    )
    found = run(sys.executable, "-c", code, cwd=toy.root)
    assert found.stdout.splitlines()[-1] == "False"


def test_a_terminal_without_utf8_still_gets_its_answer(toy, run):
    found = run("autograder", "build", cwd=toy.root, PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stderr) == (0, "")
    found = run("autograder", "grade", "김하늘", cwd=toy.root, PYTHONIOENCODING="ascii")
    assert found.returncode == 2
    assert "does not exist" in found.stderr


def test_grading_without_a_wall_must_be_said_and_is_stamped(toy, run, tmp_path):
    """On a machine without bubblewrap."""
    toy.hand_in("ann")
    found = run("autograder", "grade", toy.submitted, "--sandbox", "none", cwd=toy.root, PATH=str(tmp_path))
    assert (found.returncode, found.stderr) == (0, "")
    assert "Graded WITHOUT A WALL (--sandbox none)" in found.stdout
    assert re.search(r"ann\s+│\s+5 / 5", found.stdout)
    assert toy.result("ann")["sandbox"] == "none"
    assert "without the wall" in (toy.root / "feedback/ann/toy/toy.html").read_text()
