"""A student's own checks: in the kernel, on a file, and by pytest, with reasons in words and no wall."""

import copy
import json
import random
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch

from autograder import check, student
from autograder.errors import SubmissionError
from autograder.sandbox.transports import InProcess
from autograder.student import check_file, find_released, lesson_of
from autograder.worker.service import Service

RIGHT = """
import numpy as np
def double(x): return 2 * x
def mean(x): return float(double(x).mean())
class Counter:
    def __init__(self, start): self.total = start
    def add(self, number):
        self.total += number
        return self.total
"""


@pytest.fixture(autouse=True)
def _fresh_modules():
    yield
    for name in list(sys.modules):
        if name.split(".")[-1] == "test_public":
            del sys.modules[name]


@pytest.fixture
def home(toy, tmp_path, monkeypatch):
    """What a student has: the assignments alone, far from the course; the working folder is theirs."""
    shutil.copytree(toy.root / "assignments", tmp_path / "home" / "assignments")
    monkeypatch.chdir(tmp_path / "home" / "assignments" / "toy")
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "home"


@pytest.fixture
def kernel(monkeypatch):
    """A notebook's names: what its cells defined, saved or not."""
    namespace = {"__name__": "__main__"}
    exec(RIGHT, namespace)
    shell = ModuleType("IPython")
    shell.get_ipython = lambda: SimpleNamespace(user_ns=namespace)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    return namespace


@pytest.fixture
def said(capsys):
    """What `check` prints, without the places lines are broken at."""

    def said(*arguments, **named):
        check(*arguments, **named)
        out, err = capsys.readouterr()
        assert err == ""
        return " ".join("".join(out.replace("│", " ")).split())

    return said


@pytest.fixture
def here(monkeypatch):
    """Files are run in this process, where a plain subprocess would take seconds."""
    made = lambda settings: InProcess(lambda answer: Service({"__name__": "submission"}, callback=answer))  # noqa: E731
    monkeypatch.setattr(student, "Plain", made)


def notebook(home, **answers):
    path = home / "assignments/toy/toy.ipynb"
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        cell["source"] = answers.get(cell["id"].removeprefix("answer-"), cell["source"])
    path.write_text(json.dumps(content))
    return path


# in the kernel --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("home", "kernel")
def test_what_the_kernel_holds_is_checked_and_not_the_saved_file(said):
    """The notebook on disk is the untouched stub."""
    text = said()
    assert "All public checks passed" in text
    for row in ("✓ double 2 / 2", "✓ mean 2 / 2", "✓ counter 1 / 1"):
        assert row in text


@pytest.mark.usefixtures("home")
def test_a_wrong_answer_is_told_in_words_with_what_to_try(kernel, said):
    exec("def double(x): return 3 * x", kernel)
    text = said()
    assert "✗ double 0 / 2" in text
    assert "double of 1, 2, 3 is not right: 3 of 3 values are wrong." in text
    assert "Try: Multiply by two." in text
    assert "Traceback" not in text


@pytest.mark.usefixtures("home")
def test_a_missing_and_an_unfinished_answer(kernel, said):
    del kernel["double"]
    exec("class Counter:\n    def __init__(self, start): raise NotImplementedError", kernel)
    text = said()
    assert "`double` is not defined" in text
    assert "is not implemented yet" in text
    assert "○" in text


@pytest.mark.usefixtures("home", "kernel")
def test_the_assignment_and_the_question_may_be_named(said):
    assert "✓ double" in said("toy")
    text = said("toy", question="mean")
    assert "✓ mean" in text
    assert "double 2 / 2" not in text
    assert "✓ mean" in said(question="mean")


@pytest.mark.usefixtures("home", "kernel")
def test_unknown_names_are_answered_with_the_known_ones(said):
    assert said("tooy").startswith("There is no assignment 'tooy' here. Known: ")
    assert 'check("toy")' in said("tooy")
    assert said(question="meen") == "toy has no question 'meen'. It has: double, mean, counter."


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("place", ["assignments/toy", "assignments/toy/deeper", "assignments/tiny", "assignments", "."])
def test_the_assignment_is_found_from_anywhere_around(home, monkeypatch, said, place):
    (home / place).mkdir(exist_ok=True)
    monkeypatch.chdir(home / place)
    assert "✓ double" in said("toy")


@pytest.mark.usefixtures("kernel")
def test_elsewhere_a_name_is_asked_for(tmp_path, monkeypatch, said):
    monkeypatch.chdir(tmp_path)
    text = said()
    assert "holds no assignment. Name the one you mean" in text


@pytest.mark.usefixtures("home")
def test_nothing_in_the_kernel_changes(kernel, said):
    kernel["mine"] = np.arange(3.0)
    exec("def double(x):\n    x *= 2\n    np.random.rand(); torch.rand(1); random.random()\n    return x", kernel)
    kernel.update(torch=torch, random=random)
    before, states = (
        dict(kernel),
        (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()),
    )
    mine = copy.copy(kernel["mine"])
    said()
    assert {name: id(value) for name, value in kernel.items()} == {name: id(value) for name, value in before.items()}
    assert (kernel["mine"] == mine).all()
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == states


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("body", ["raise SystemExit", "import os; 1 / 0", "print('noise'); return 3", "return double"])
def test_whatever_an_answer_does_the_kernel_lives_and_the_others_are_checked(kernel, said, body):
    exec(f"def double(x):\n    {body}", kernel)
    text = said()
    assert "✗ double" in text
    assert "✓ counter" in text
    assert "noise" not in text


@pytest.mark.usefixtures("home")
def test_an_interrupt_ends_the_whole_check(kernel, said):
    kernel["double"] = lambda x: (_ for _ in ()).throw(KeyboardInterrupt)
    assert said() == "Stopped."


@pytest.mark.usefixtures("home", "kernel")
def test_in_grading_it_does_nothing(said, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_WALL", "1")
    assert said() == ""


@pytest.mark.usefixtures("kernel")
def test_updated_checks_are_read_again(home, said):
    assert "✓ counter 1 / 1" in said()
    checks = home / "assignments/toy/test_public.py"
    checks.write_text(checks.read_text().replace("counter.add(2), 7", "counter.add(2), 8"))
    assert "✗ counter 0 / 1" in said()


@pytest.mark.usefixtures("kernel")
def test_broken_checks_are_told_in_words(home, said):
    checks = home / "assignments/toy/test_public.py"
    checks.write_text(f"{checks.read_text()}\nimport no_such_module\n")
    assert "cannot be run: ModuleNotFoundError: No module named 'no_such_module'" in said()


@pytest.mark.usefixtures("home")
def test_a_plain_interpreter_has_a_namespace_too(monkeypatch, said):
    main = ModuleType("__main__")
    exec(RIGHT, vars(main))
    monkeypatch.setitem(sys.modules, "__main__", main)
    shell = ModuleType("IPython")
    shell.get_ipython = lambda: None
    for modules in ({"IPython": shell}, {}):
        monkeypatch.setitem(sys.modules, "IPython", modules.get("IPython"))
        assert "All public checks passed" in said()


def test_a_real_kernel(home):
    """The cell calls what the notebook itself imports, on answers that were never saved."""
    from nbclient import NotebookClient

    content = nbformat.read(home / "assignments/toy/toy.ipynb", as_version=4)
    for cell in content.cells:
        if cell.id == "answer-double":
            cell.source = "def double(x):\n    return 3 * x"
        elif cell.id.startswith("answer-"):
            cell.source = RIGHT
    content.cells = [cell for cell in content.cells if not cell.id.startswith("check-")]
    content.cells.append(nbformat.v4.new_code_cell("double = lambda x: 3 * x\ncheck()\nmine = double(2)\nmine"))
    NotebookClient(content, timeout=120, resources={"metadata": {"path": str(home / "assignments/toy")}}).execute()
    shown = "".join(out.get("text", "") + str(out.get("data", "")) for out in content.cells[-1].outputs)
    assert "Multiply by two." in shown
    assert "3 of 3 values are wrong" in shown.replace("\n", " ")
    assert content.cells[-1].outputs[-1]["data"]["text/plain"] == "6"


# what belongs together ------------------------------------------------------------------------------------------------


def test_an_assignment_is_what_its_notebook_says(home):
    lesson = lesson_of(home / "assignments/toy")
    assert (lesson.name, lesson.points) == ("toy", 5.0)
    assert {name: question.points for name, question in lesson.questions.items()} == {
        "double": 2.0,
        "mean": 2.0,
        "counter": 1.0,
    }
    assert list(lesson.questions) == ["double", "mean", "counter"]  # as in the notebook


@pytest.mark.parametrize("content", ["", "{", "[]", '{"metadata": {"autograder": {"questions": {"double": "many"}}}}'])
def test_a_damaged_notebook_still_names_its_questions(home, content):
    (home / "assignments/toy/toy.ipynb").write_text(content)
    assert list(lesson_of(home / "assignments/toy").questions) == ["double", "mean", "counter"]


@pytest.mark.parametrize(("said", "limit"), [(77, 77.0), ("much", 100.0), (None, 100.0), (-1, 100.0)])
def test_the_time_a_training_may_take_is_the_notebook_s(home, said, limit):
    path = home / "assignments/toy/toy.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["autograder"]["training_seconds"] = said
    path.write_text(json.dumps(notebook))
    assert lesson_of(path.parent).limits.training_seconds == limit


@pytest.mark.usefixtures("here")
def test_a_renamed_notebook_is_found(home):
    folder = home / "assignments/toy"
    (folder / "toy.ipynb").rename(folder / "toy_kim.ipynb")
    assert find_released("toy") == folder
    assert check_file(folder).lesson.name == "toy"


def test_an_installed_package_brings_its_own_checks(tmp_path, monkeypatch):
    """In a clone: the assignments/ beside the package."""
    monkeypatch.chdir(tmp_path)
    assert find_released("im2col") == Path(__file__).parents[1] / "assignments/im2col"


# on a file ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def autograder(run, home, tmp_path):
    """Run the command where there is no bubblewrap."""
    programs = tmp_path / "programs"
    programs.mkdir()

    def autograder(*arguments, cwd=None, **changes):
        path = str(programs)
        found = run("autograder", *arguments, cwd=cwd or home / "assignments/toy", PATH=path, **changes)
        assert "Traceback" not in found.stdout + found.stderr
        return found

    return autograder


def test_check_of_a_file_shows_a_table_and_ends_with_a_status(home, autograder):
    notebook(home, double="def double(x):\n    return 3 * x", counter="nothing_here")
    failed = autograder("check", home / "assignments/toy/toy.ipynb", cwd=home.parent)
    assert (failed.returncode, failed.stderr) == (1, "")
    for words in (
        "✗ double",
        "0 / 2",
        "3 of 3 values are wrong",
        "Try: Multiply by two.",
        "`Counter` is not defined",
        "Note: cell 11, under *A counter*, line 1: `nothing_here`: it raised NameError",
        "3 of 3 public checks did not pass",
    ):
        assert words in failed.stdout, failed.stdout


def test_check_of_a_folder_with_right_answers(home, autograder, toy):
    path = home / "assignments/toy/toy.ipynb"
    path.write_text(json.dumps(toy.notebook()))
    passed = autograder("check", COLUMNS="60")
    assert (passed.returncode, passed.stderr) == (0, "")
    assert "All public checks passed" in passed.stdout


@pytest.mark.usefixtures("here", "home")
def test_a_file_elsewhere_belongs_to_the_assignment_it_names(toy, tmp_path):
    elsewhere = tmp_path / "downloads"
    elsewhere.mkdir()
    saved = elsewhere / "my work.ipynb"
    saved.write_text(json.dumps(toy.notebook()))
    assert [found.outcome for found in check_file(saved).checks] == ["passed"] * 3  # the notebook says toy
    script = elsewhere / "kim_toy.py"
    script.write_text(RIGHT)
    assert check_file(script).lesson.name == "toy"
    unknown = elsewhere / "notes.py"
    unknown.write_text(RIGHT)
    with pytest.raises(SubmissionError, match=r"notes\.py belongs to no assignment known here"):
        check_file(unknown)


@pytest.mark.parametrize(
    ("name", "question", "words"),
    [
        ("nowhere.ipynb", None, "there is no such file"),
        ("toy.ipynb", "meen", "toy has no question 'meen'. It has: double, mean, counter."),
        ("..", None, "should hold one notebook, but: none."),
        ("broken.ipynb", None, "it ends in the middle"),
        ("notes.txt", None, "Fix: "),
    ],
)
def test_wrong_use_is_answered_in_words(home, name, question, words):
    (home / "assignments/toy/broken.ipynb").write_text("{")
    (home / "assignments/toy/notes.txt").write_text("notes")
    with pytest.raises(SubmissionError) as caught:
        check_file(home / "assignments/toy" / name, question)
    assert words in str(caught.value)


def test_wrong_use_ends_the_command_with_its_own_status(autograder):
    found = autograder("check", "nowhere.ipynb")
    assert (found.returncode, found.stdout) == (2, "")
    assert "there is no such file" in found.stderr


# by pytest ------------------------------------------------------------------------------------------------------------


def test_pytest_in_the_folder(home, run, tmp_path):
    notebook(home, double="def double(x):\n    return 3 * x")
    folder = home / "assignments/toy"

    def pytest_(*arguments):
        programs = tmp_path / "nothing"
        return run(sys.executable, "-m", "pytest", *arguments, cwd=folder, PATH=str(programs), PYTHONWARNINGS="default")

    first = pytest_("-x")
    assert first.returncode == 1, first.stdout + first.stderr
    for words in (
        "double of 1, 2, 3 is 2, 4, 6.",
        "3 of 3 values are wrong",
        "What to try: Multiply by two.",
        "1 failed",
    ):
        assert words in first.stdout
    for noise in ("Traceback", "comparisons.py", "def test_double_small", "mean_small"):
        assert noise not in first.stdout
    again = pytest_("--lf", "-k", "double or counter")
    assert "1 failed" in again.stdout
    assert "passed" not in again.stdout


def test_pytest_beside_a_notebook_that_cannot_be_read(home, run):
    (home / "assignments/toy/toy.ipynb").write_text("{")
    found = run(sys.executable, "-m", "pytest", cwd=home / "assignments/toy", PYTHONWARNINGS="default")
    assert "it ends in the middle" in found.stdout
    assert "Traceback" not in found.stdout
    assert "student.py" not in found.stdout
