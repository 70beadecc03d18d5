"""`grading.yml`: what is read, and that every error names the line, the key and the fix."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Limits, find_course, find_marks, load_course
from autograder.errors import CourseError

GOOD = """\
course:
  title: A course
defaults:
  device: cpu
  seed: 7
  limits: {memory: 1 GiB, check_seconds: 5}
assignments:
  conv:
    title: Convolution
    points: 6
    questions:
      size: 1
      forward: {points: 2, needs: [size]}
      backward: {points: 3, needs: [forward]}
    thresholds:
      accuracy: {bundled: 0.9, mnist: 0.97}
      rmse: 0.5
    limits: {cpu_seconds: 30, memory: 512 MiB}
  other:
    title: Another
    points: 1.5
    questions: {only: 1.5}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "grading.yml"
    path.write_text(text, encoding="utf-8")
    return path


def add_sources(folder: Path, **questions: tuple[str, ...]) -> None:
    for name, asked in questions.items():
        home = folder / "solutions" / name
        home.mkdir(parents=True)
        (home / f"{name}.py").write_text("# %% [markdown]\n# # Title\n")
        checks = "".join(f'\n\n@question("{q}", hint="h")\ndef test_{q}(submission):\n    pass\n' for q in asked)
        (home / "test_public.py").write_text("from autograder.grading import question\n" + checks)


def error(tmp_path: Path, text: str, check_sources: bool = False) -> str:
    with pytest.raises(CourseError) as caught:
        load_course(write(tmp_path, text), check_sources=check_sources)
    assert "Fix: " in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


@pytest.mark.parametrize(
    ("head", "ident"),
    [("title: A course", "a-course"), ("title: 딥러닝", "course"), ("title: A\n  id: DL_2026", "DL_2026")],
)
def test_the_courses_id_in_the_exchange(tmp_path, head, ident):
    assert load_course(write(tmp_path, GOOD.replace("title: A course", head)), check_sources=False).id == ident


def test_a_course_is_read_whole(tmp_path):
    course = load_course(write(tmp_path, GOOD), check_sources=False)
    assert (course.root, course.title, course.seed) == (tmp_path.resolve(), "A course", 7)
    assert (course.device, course.sandbox, course.data) == ("cpu", "bubblewrap", "bundled")
    assert list(course.assignments) == ["conv", "other"]
    conv = course.assignment("conv")
    assert conv.folder == course.root / "solutions" / "conv"
    assert conv.source == conv.folder / "conv.py"
    assert conv.released == course.root / "assignments" / "conv"
    assert {name: (q.name, q.points, q.needs) for name, q in conv.questions.items()} == {
        "size": ("size", 1.0, ()),
        "forward": ("forward", 2.0, ("size",)),
        "backward": ("backward", 3.0, ("forward",)),
    }
    assert course.assignment("other").points == 1.5


def test_the_folder_will_do_for_the_file(tmp_path):
    write(tmp_path, GOOD)
    assert load_course(tmp_path, check_sources=False).title == "A course"


def test_an_assignments_limits_override_the_defaults(tmp_path):
    course = load_course(write(tmp_path, GOOD), check_sources=False)
    conv, other = course.assignment("conv").limits, course.assignment("other").limits
    assert (conv.cpu_seconds, conv.check_seconds, conv.memory) == (30, 5, 512 * 2**20)
    assert (other.cpu_seconds, other.check_seconds, other.memory) == (300, 5, 2**30)
    assert other.returned == Limits().returned == 64 * 2**20


def test_thresholds_by_profile(tmp_path):
    course = load_course(write(tmp_path, GOOD), check_sources=False)
    assert course.assignment("conv").threshold("mnist") == {"accuracy": 0.97, "rmse": 0.5}
    assert course.assignment("conv").threshold("bundled") == {"accuracy": 0.9, "rmse": 0.5}
    with pytest.raises(CourseError, match=r"no data profile 'minst'\. Fix: use 'mnist'"):
        course.assignment("conv").threshold("minst")


def test_a_threshold_without_the_profile_is_said(tmp_path):
    text = GOOD.replace("{bundled: 0.9, mnist: 0.97}", "{bundled: 0.9}")
    conv = load_course(write(tmp_path, text), check_sources=False).assignment("conv")
    assert conv.threshold("bundled")["accuracy"] == 0.9
    with pytest.raises(CourseError, match=r"conv → thresholds → accuracy: no value .*'mnist'\. Fix: add `mnist: …`"):
        conv.threshold("mnist")


def test_needs_reach_through_other_questions(tmp_path):
    conv = load_course(write(tmp_path, GOOD), check_sources=False).assignment("conv")
    assert conv.needs_of("backward") == ("size", "forward")
    assert conv.needs_of("size") == ()
    with pytest.raises(CourseError, match=r"conv has no question 'foward'\. Fix: use 'forward'"):
        conv.needs_of("foward")


def test_an_unknown_assignment_names_the_known(tmp_path):
    course = load_course(write(tmp_path, GOOD), check_sources=False)
    with pytest.raises(CourseError, match=r"no assignment 'comv'\. Fix: use 'conv' \(known: conv, other\)"):
        course.assignment("comv")
    with pytest.raises(CourseError, match=r"Fix: use one of: conv, other\."):
        course.assignment("zebra")


def test_find_course_looks_upward(tmp_path):
    write(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_course(below) == tmp_path.resolve() / "grading.yml"
    (tmp_path / "grading.yml").unlink()
    assert find_course(below) is None


# fmt: off
EDITS = {  # what is replaced by what; below that the place, a word of the problem and a word of the fix
    "unknown key": ("  seed: 7", "  sead: 7",
        "line 5, defaults → sead", "unknown key", "'seed'"),
    "unknown question key": ("needs: [size]", "need: [size]",
        "line 13, assignments → conv → questions → forward → need", "unknown", "'needs'"),
    "name is no question key": ("needs: [size]", "name: size",
        "questions → forward → name", "unknown", "points, needs"),
    "unknown limit": ("cpu_seconds: 30", "cpu: 30",
        "line 18, assignments → conv → limits → cpu", "unknown key", "cpu_seconds"),
    "unknown top key": ("course:", "cuorse:",
        "line 1, cuorse", "unknown key", "'course'"),
    "missing title": ("    title: Convolution\n", "",
        "line 8, assignments → conv → title", "missing", "add `title: …`"),
    "text for points": ("points: 6", "points: six",
        "line 10, assignments → conv → points", "'six' is not a number", "a number"),
    "yes for points": ("size: 1", "size: yes",
        "line 12, assignments → conv → questions → size", "True is not a number", "number"),
    "id that is no folder": ("title: A course", "title: A\n  id: ../a",
        "course → id", "this name cannot name a folder", "use letters"),
    "list for title": ("title: A course", "title: [A]",
        "line 2, course → title", "a list is not text", "write text"),
    "nothing for questions": ("questions: {only: 1.5}", "questions:",
        "line 22, assignments → other → questions", "nothing is not a mapping", "a mapping"),
    "negative points": ("size: 1", "size: -1",
        "line 12, assignments → conv → questions → size", "-1 is not above 0", "above 0"),
    "zero points": ("size: 1", "size: 0",
        "line 12,", "0 is not above 0", "above 0"),
    "NaN points": ("size: 1", "size: .nan",
        "line 12,", "nan", "number"),
    "infinite points": ("size: 1", "size: .inf",
        "line 12,", "inf is no number", "plain number"),
    "points do not add up": ("points: 6", "points: 7",
        "line 10, assignments → conv → points", "add up to 6", "points: 6"),
    "unknown need": ("[forward]", "[foward]",
        "line 14, assignments → conv → questions → backward → needs", "'foward'", "'forward'"),
    "need as text": ("[forward]", "forward",
        "line 14,", "'forward' is not a list", "a list"),
    "needs in a circle": ("size: 1", "size: {points: 1, needs: [backward]}",
        "line 12, assignments → conv → questions → size → needs", "circle", "remove"),
    "no questions": ("{only: 1.5}", "{}",
        "line 22, assignments → other → questions", "no questions", "add"),
    "unknown device": ("device: cpu", "device: gpu",
        "line 4, defaults → device", "'gpu' is not allowed", "'auto', 'cpu' or 'cuda'"),
    "negative seed": ("seed: 7", "seed: -7",
        "line 5, defaults → seed", "-7 is below 0", "0 or more"),
    "half a seed": ("seed: 7", "seed: 7.5",
        "line 5,", "7.5 is not a whole number", "whole"),
    "size in GB": ("1 GiB", "1 GB",
        "line 6, defaults → limits → memory", "'1 GB' is no size", "2 GiB"),
    "no memory": ("1 GiB", "0 MiB",
        "line 6, defaults → limits → memory", "0", "above 0"),
    "unknown profile": ("mnist: 0.97", "minst: 0.97",
        "line 16, assignments → conv → thresholds → accuracy → minst", "profile", "'mnist'"),
    "text threshold": ("rmse: 0.5", "rmse: low",
        "line 17, assignments → conv → thresholds → rmse", "'low' is not a number", "number"),
    "name with a dash": ("  other:", "  my-task:",
        "line 19, assignments → my-task", "cannot name", "letters"),
    "name of a library": ("  other:", "  torch:",
        "line 19, assignments → torch", "cannot name", "library"),
    "name up and out": ("  other:", "  ../x:",
        "line 19, assignments → ../x", "cannot name", "letters"),
    "keyword": ("  other:", "  class:",
        "line 19, assignments → class", "cannot name", "letters"),
    "number as a name": ("  other:", "  7:",
        "line 19, assignments → 7", "the key 7 is no text", "quotes"),
    "question with a space": ("{only: 1.5}", "{only one: 1.5}",
        "questions → only one", "cannot name", "letters"),
    "key twice": ("      size: 1\n", "      size: 1\n      size: 1\n",
        "line 13, assignments → conv → questions → size", "already on line 12", "remove"),
    "assignment twice": ("  other:", "  conv:",
        "line 19, assignments → conv", "already on line 8", "remove"),
    "not YAML": ("  title: A course", "  title: [A course",
        "line 3", "not valid YAML", "quotes"),
    "tab": ("  seed: 7", "\tseed: 7",
        "line 5", "not valid YAML", "indentation"),
    "python tag": ("title: Another", "title: !!python/name:os.system x",
        "line 20", "not valid YAML", "correct"),
}
# fmt: on


@pytest.mark.parametrize("case", EDITS)
def test_an_error_names_line_key_and_fix(tmp_path, case):
    old, new, *words = EDITS[case]
    assert old in GOOD
    said = error(tmp_path, GOOD.replace(old, new, 1))
    assert said.startswith("grading.yml, line ")
    place, fix = said.split("Fix: ")
    assert words[0] in place
    assert words[1] in place
    assert words[2] in fix


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("- a\n- b\n", "not a mapping"),
        ("just text", "not a mapping"),
        ("course: {title: T}\nassignments: {}\n", "line 2, assignments: the course has no assignments"),
        ("course: {title: T}\nassignments:\n", "line 2, assignments: nothing is not a mapping"),
        ("course: {title: T}\n", "assignments: missing"),
        ("course: &a {title: *a}\n", "not valid YAML|nested too deeply"),
        ("course: {title: 2026-13-45}\nassignments: {}\n", "line 1, course → title: not readable"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_course(tmp_path, text, words):
    assert any(part in error(tmp_path, text) for part in words.split("|"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"grading\.yml: there is no such file\. Fix: "):
        load_course(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "grading.yml").write_bytes(b"course: \xff")
    with pytest.raises(CourseError, match=r"cannot be read .* Fix: make it a readable UTF-8 text"):
        load_course(tmp_path)


def test_sources_that_agree_are_accepted(tmp_path):
    add_sources(tmp_path, conv=("size", "forward", "backward"), other=("only",))
    assert list(load_course(write(tmp_path, GOOD)).assignments) == ["conv", "other"]


def test_hidden_checks_count_as_checks(tmp_path):
    add_sources(tmp_path, conv=("size", "forward", "backward"), other=())
    hidden = '@grading.question("only", weight=2)\n@pytest.mark.parametrize("n", [1])\ndef test_only(n): ...\n'
    (tmp_path / "solutions/other/test_hidden.py").write_text(hidden)
    assert load_course(write(tmp_path, GOOD)).assignment("other").points == 1.5


def test_a_missing_folder_is_an_error_with_the_line_of_its_entry(tmp_path):
    add_sources(tmp_path, conv=("size", "forward", "backward"))
    said = error(tmp_path, GOOD, check_sources=True)
    assert "grading.yml, line 19, assignments → other: the folder solutions/other is missing" in said


def test_a_missing_source_is_an_error(tmp_path):
    add_sources(tmp_path, conv=("size", "forward", "backward"), other=("only",))
    (tmp_path / "solutions/other/other.py").unlink()
    assert "line 19, assignments → other: the source solutions/other/other.py is missing" in error(tmp_path, GOOD, True)


def test_a_question_without_a_check_is_an_error(tmp_path):
    add_sources(tmp_path, conv=("size", "forward"), other=("only",))
    said = error(tmp_path, GOOD, check_sources=True)
    assert "line 14, assignments → conv → questions → backward: no check asks this question" in said
    assert '@question("backward", …)' in said


def test_a_check_of_an_unknown_question_names_file_line_and_the_closest(tmp_path):
    add_sources(tmp_path, conv=("size", "forward", "backward", "bakward"), other=("only",))
    said = error(tmp_path, GOOD, check_sources=True)
    assert said.startswith("solutions/conv/test_public.py, line 19, test_bakward: grading.yml has no question ")
    assert "Fix: use 'backward'" in said


def test_marks_are_found_below_other_decorators_and_over_several_lines(tmp_path):
    path = tmp_path / "test_public.py"
    path.write_text(
        "import pytest\n\n\ndef helper():\n    pass\n\n\n"
        '@question(\n    "a",\n    hint="""\ndef not_me\n""",\n)\n'  # a definition in a string ends nothing
        "def test_a(submission): ...\n"
    )
    with pytest.raises(CourseError, match=r"line 10: not valid Python"):
        find_marks(path)
    path.write_text(
        '@pytest.mark.slow\n@question(\n    "a",\n    weight=2,\n)\ndef test_a(submission): ...\n\n'
        '@pytest.fixture\ndef net(): ...\n\n@dataclass\nclass Case: ...\n\n@question("b")\ndef test_b(): ...\n'
    )
    assert [(mark.question, mark.function, mark.line) for mark in find_marks(path)] == [
        ("a", "test_a", 2),
        ("b", "test_b", 14),
    ]


@pytest.mark.parametrize(
    ("decorator", "words"),
    [
        ("@question(NAME)", r"line 2, @question: the question is not named in plain text\. Fix: write @question\("),
        ("@question()", r"line 2, @question: the question is not named in plain text"),
        ("@question('a'", r"line 2: not valid Python .* Fix: correct that line"),
    ],
)
def test_a_mark_that_names_nothing_is_an_error(tmp_path, decorator, words):
    path = tmp_path / "test_public.py"
    path.write_text(f"NAME = 'a'\n{decorator}\ndef test_a(): ...\n")
    with pytest.raises(CourseError, match=words):
        find_marks(path)


def test_reading_a_course_needs_neither_torch_nor_pytest_nor_nbformat():
    code = "import sys, autograder.course; print(*{'torch', 'pytest', 'nbformat', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
