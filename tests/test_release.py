"""What students get: built from the source, the same bytes every time, and free of solutions and hidden checks."""

import json
import shutil
from pathlib import Path

import pytest

import autograder.release as release
from autograder.course import Course, load_course
from autograder.errors import CourseError
from autograder.notebook import solution_notebook
from autograder.release import build, build_source, stale

REAL = Path(__file__).parents[1]
GRADING = """\
course: {title: A course}
assignments:
  conv:
    title: Convolution
    points: 3
    questions: {size: 1, forward: 2}
"""
SOURCE = '''\
# %% [markdown]
# # Convolution

# %% tags=["setup"]
from autograder import check

# %% answer="size"
def size(n, f):
    """The output's size."""
    ### BEGIN SOLUTION
    room = n - f
    return room + 1 if room >= 0 else None
    ### END SOLUTION


# %% check="size"
check("conv", question="size")

# %% tags=["demo"]
print("what size is it?")

# %% answer="forward"
def forward(x):
    """All of it."""
    ### BEGIN SOLUTION
    first_step = x * 2
    second_step = first_step + 1
    third_step = second_step ** 2
    fourth_step = third_step - 7
    fifth_step = fourth_step / 3
    return fifth_step
    ### END SOLUTION

# %% check="forward"
check("conv", question="forward")
'''
PUBLIC = '''\
"""Checks of conv the student has."""

from autograder.grading import expect_equal, question


@question("size", hint="Count.")
def test_size(submission):
    """One sentence."""
    expect_equal(submission.size(5, 3), 3)
'''
HIDDEN = '''\
"""Checks of conv the student never has."""

import conv as reference

from autograder.grading import expect_equal, question


@question("forward", weight=2)
def test_forward(submission, rng):
    """Forward does all of it."""
    number = int(rng.integers(1000))
    expected = reference.forward(number)
    expect_equal(submission.forward(number), expected)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "solutions" / "conv"
    home.mkdir(parents=True)
    (tmp_path / "grading.yml").write_text(GRADING)
    (home / "conv.py").write_text(SOURCE)
    (home / "test_public.py").write_text(PUBLIC)
    (home / "test_hidden.py").write_text(HIDDEN)
    (home / "probes.py").write_text("def probe(student):\n    return 1\n")
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refused(root: Path) -> str:
    """The error `build` stops with; it must have written nothing."""
    with pytest.raises(CourseError) as caught:
        build(load_course(root))
    assert not (root / "assignments").exists()
    assert "Fix: " in str(caught.value)
    return str(caught.value)


def test_build_writes_the_notebook_and_the_public_checks_and_nothing_else(root):
    written = build(load_course(root))
    home = root / "assignments" / "conv"
    assert written == [home / "conv.ipynb", home / "test_public.py"]
    assert sorted(home.iterdir()) == written
    assert (home / "test_public.py").read_bytes() == (root / "solutions/conv/test_public.py").read_bytes()
    cells = json.loads((home / "conv.ipynb").read_text())["cells"]
    assert "# YOUR CODE HERE" in "".join(cells[2]["source"])


def test_build_twice_changes_nothing(root):
    course = load_course(root)
    first = {path: path.read_bytes() for path in build(course)}
    stamps = {path: path.stat().st_mtime_ns for path in first}
    assert build(course) == []
    assert stamps == {path: path.stat().st_mtime_ns for path in first}
    shutil.rmtree(root / "assignments")
    assert {path: path.read_bytes() for path in build(load_course(root))} == first


def test_stale_names_what_build_would_change(root):
    course = load_course(root)
    home = root / "assignments" / "conv"
    assert stale(course) == [home / "conv.ipynb", home / "test_public.py"]
    assert not home.exists()
    build(course)
    assert stale(course) == []
    edit(root / "solutions/conv/test_public.py", "Count.", "Count again.")
    assert stale(course) == [home / "test_public.py"]
    edit(root / "solutions/conv/conv.py", "The output's size.", "Its size.")
    assert stale(course) == build(course) == [home / "conv.ipynb", home / "test_public.py"]


def test_a_changed_solution_leaves_the_students_files_as_they_are(root):
    build(load_course(root))
    edit(root / "solutions/conv/conv.py", "first_step = x * 2", "first_step = x + x")
    assert stale(load_course(root)) == []


def test_build_leaves_other_files_alone(root):
    other = root / "assignments" / "conv" / "notes.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    build(load_course(root))
    assert other.read_text() == "mine"


def test_only_the_named_assignments_are_built(root):
    course = load_course(root)
    assert build(course, []) == []
    assert len(build(course, ["conv"])) == 2
    with pytest.raises(CourseError, match=r"no assignment 'cnov'\. Fix: use 'conv'"):
        build(course, ["cnov"])


SHOWN = HIDDEN[HIDDEN.index("@question") :]
COPIED = "".join(f"    {line.strip()}\n" for line in SOURCE.split("\n") if "_step = " in line)

# fmt: off
EDITS = {  # file, what is replaced by what; below that the words of the error
    "no check cell": ("conv.py", 'check="forward"\ncheck("conv", question="forward")', 'tags=["demo"]\nprint()',
        "the question 'forward' has no check cell. Fix: write a cell `# %% check=\"forward\"`"),
    "two check cells": ("conv.py", '# %% tags=["demo"]', '# %% check="size"\n\n# %% tags=["demo"]',
        "line 19: there is a second check cell 'size'; the first is on line 16. Fix: "),
    "unknown question": ("conv.py", '# %% check="size"', '# %% check="sise"',
        "line 16: grading.yml has no question 'sise'. Fix: use 'size'"),
    "another question asked": ("conv.py", 'question="size"', 'question="forward"',
        "line 17: the check cell of 'size' does something else. Fix: let it hold exactly check(\"conv\", question"),
    "another assignment asked": ("conv.py", 'check("conv", question="size")', 'check("im2col", question="size")',
        "line 17: the check cell of 'size' does something else"),
    "answer twice": ("conv.py", '# %% answer="forward"', '# %% answer="size"',
        "line 22: there is a second answer cell 'size'; the first is on line 7. Fix: "),
    "no solution": ("conv.py", SOURCE[SOURCE.index("    ### BEGIN"):SOURCE.index("\n\n# %% check")], "    return 1\n",
        "line 7: the answer cell 'size' holds no solution. Fix: put"),
    "solution in a demo": ("conv.py", 'print("what size is it?")', "x = 1\n### BEGIN SOLUTION\n### END SOLUTION",
        "line 21: a solution in a demo cell. Fix: mark"),
    "solution never ends": ("conv.py", "    ### END SOLUTION\n\n\n# %% check", "\n\n# %% check",
        "line 10: this solution never ends. Fix: write"),
    "no Python": ("conv.py", 'print("what', 'print"what',
        "line 20: not valid Python"),
    "the tag of variants": ("conv.py", 'tags=["setup"]', 'tags=["edit"]',
        "line 4: tags=[\"edit\"] is for variants. Fix: write"),
    "public check imports the solution": ("test_public.py", "from autograder", "from conv import size\nfrom autograder",
        "conv/test_public.py, line 3: a public check imports the reference solution. Fix: move"),
    "public check repeats the solution": ("test_public.py", "    expect_equal(", COPIED + "    expect_equal(",
        "conv.py, line 26: test_public.py repeats these lines of the solution. Fix: let"),
    "hidden check shown": ("conv.py", 'print("what size is it?")', SHOWN,
        "conv/test_hidden.py, line 8: the notebook repeats these lines of a hidden check. Fix: take"),
}
# fmt: on


@pytest.mark.parametrize("case", EDITS)
def test_a_source_that_cannot_be_released_is_refused(root, case):
    name, old, new, words = EDITS[case]
    edit(root / "solutions/conv" / name, old, new)
    assert words in refused(root)


def test_an_answer_below_its_own_check_is_refused(root):
    source = root / "solutions/conv/conv.py"
    head, answer, check = source.read_text().partition('# %% answer="forward"')
    body, mark, end = check.partition('# %% check="forward"')
    source.write_text(f"{head}{mark}{end}\n{answer}{body}")
    assert "the answer 'forward' stands below its check (line 22). Fix: move the check" in refused(root)


def test_a_hidden_check_may_share_what_the_public_checks_show(root):
    edit(root / "solutions/conv/conv.py", 'print("what size is it?")', SHOWN)
    public = root / "solutions/conv/test_public.py"
    public.write_text(public.read_text() + "\n\n" + SHOWN)
    assert len(build(load_course(root))) == 2


def test_missing_public_checks_are_named(root):
    (root / "solutions/conv/test_public.py").unlink()
    with pytest.raises(CourseError, match=r"solutions/conv/test_public\.py is missing\. Fix: write"):
        build(load_course(root, check_sources=False))


def test_a_broken_stub_never_reaches_students(root, monkeypatch):
    monkeypatch.setattr(release, "student_notebook", solution_notebook)
    assert "conv.py, line 11: this line of a solution would be in the students' notebook" in refused(root)


def test_a_stub_that_keeps_one_line_never_reaches_students(root, monkeypatch):
    made = release.student_notebook

    def leaking(cells, assignment):
        notebook = made(cells, assignment)
        notebook.cells[-2].source += "\n    third_step = second_step ** 2"
        return notebook

    monkeypatch.setattr(release, "student_notebook", leaking)
    assert "conv.py, line 28: this line of a solution would be" in refused(root)


def test_nbgraders_source_has_the_solutions_and_no_file_it_would_give_away(root):
    course = load_course(root)
    home = root / "build" / "source" / "conv"
    (home / "test_hidden.py").parent.mkdir(parents=True)
    (home / "test_hidden.py").write_text("left by someone")
    assert build_source(course) == [home / "conv.ipynb", home / "test_public.py"]
    assert sorted(home.iterdir()) == [home / "conv.ipynb", home / "test_public.py"]
    assert "BEGIN SOLUTION" in (home / "conv.ipynb").read_text()
    assert build_source(course) == []


# The real course

COURSE = load_course(REAL, check_sources=False)
WRITTEN = [name for name, one in COURSE.assignments.items() if one.source.is_file()]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_released_files_are_up_to_date_and_free_of_solutions(name: str):
    course: Course = COURSE
    fix = f"run `autograder build {name}`"
    assert stale(course, [name]) == [], fix
    one = course.assignment(name)
    assert {path.name for path in one.released.iterdir() if path.is_file()} == {f"{name}.ipynb", "test_public.py"}
    text = (one.released / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text
    assert "END SOLUTION" not in text
    cells = [cell for cell in json.loads(text)["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]
    assert all("raise NotImplementedError()" in "".join(cell["source"]) for cell in cells)
    graded = [
        cell["id"].removeprefix("check-") for cell in json.loads(text)["cells"] if cell["id"].startswith("check-")
    ]
    assert sorted(graded) == sorted(one.questions)
