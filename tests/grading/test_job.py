"""The cache key: everything a grade depends on changes it, nothing else does."""

import dataclasses

import pytest

from autograder.grading import job
from autograder.grading.job import Conditions, Job, graders_hash, keyed, kit_hash


def key(toy, conditions=None, path=None):
    path = path or toy.submitted / "kim/toy/toy.ipynb"
    course = toy.course
    conditions = conditions or Conditions(str(toy.root))
    (found,) = keyed([Job("kim", "toy", str(path))], course.assignments, conditions)
    return found.key


@pytest.fixture
def before(toy):
    toy.hand_in("kim")
    return key(toy)


def test_the_same_work_has_the_same_key(toy, before):
    assert key(toy) == before


@pytest.mark.parametrize("field", ["device", "data", "sandbox", "seed", "trainings"])
def test_every_condition_counts(toy, before, field):
    other = {"device": "cuda", "data": "mnist", "sandbox": "none", "seed": 1, "trainings": False}[field]
    assert key(toy, dataclasses.replace(Conditions(str(toy.root)), **{field: other})) != before


def test_how_fast_it_is_graded_does_not_count(toy, before):
    assert key(toy, Conditions(str(toy.root), threads=4)) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("toy.py", "return 2 * x", "return x + x"),
        ("test_public.py", "Multiply by two.", "Add it to itself."),
        ("test_hidden.py", "size=5", "size=6"),
        ("bank/wrong/tripled.py", "tripled", "three times x"),
        ("grading.yml", "double: 2\n      mean: {points: 2,", "double: 3\n      mean: {points: 1,"),
        ("grading.yml", "needs: [double]", "needs: []"),
        ("grading.yml", "check_seconds: 1", "check_seconds: 2"),
    ],
)
def test_the_source_the_checks_and_the_entry_count(toy, before, name, old, new):
    toy.change(name, old, new)
    assert key(toy) != before


@pytest.mark.parametrize("name", ["probes.py", "expected.npz"])
def test_a_new_file_beside_the_checks_counts(toy, before, name):
    toy.path(name).write_text("x = 1\n")
    assert key(toy) != before


def test_the_submission_counts(toy, before):
    toy.hand_in("kim", double="def double(x):\n    return x + x")
    assert key(toy) != before


def test_files_that_assignments_share_count(toy, before):
    (toy.root / "solutions/common.py").write_text("x = 1\n")
    assert key(toy) != before


def test_unrelated_files_do_not_count(toy, before):
    toy.path("__pycache__").mkdir()
    toy.path("__pycache__/toy.cpython-311.pyc").write_bytes(b"x")
    toy.path(".toy.py.swp").write_bytes(b"x")
    (toy.root / "solutions/tiny/test_hidden.py").write_text("# more\n")
    (toy.root / "README.md").write_text("read me")
    toy.change("grading.yml", "title: One", "title: Uno")
    assert key(toy) == before


def test_a_file_moved_is_the_same_work(toy, before, tmp_path):
    moved = tmp_path / "moved.ipynb"
    moved.write_bytes((toy.submitted / "kim/toy/toy.ipynb").read_bytes())
    assert key(toy, path=moved) == before


def test_the_same_file_for_two_assignments_has_two_keys(toy):
    path = str(toy.hand_in("kim"))
    jobs = [Job("kim", "toy", path), Job("kim", "tiny", path)]
    found = keyed(jobs, toy.course.assignments, Conditions(str(toy.root)))
    assert found[0].key != found[1].key


def test_a_file_that_cannot_be_read_has_a_key_too(toy, tmp_path):
    assert key(toy, path=tmp_path / "gone.ipynb")


def test_names_and_contents_of_graders_do_not_run_into_each_other(toy):
    assignment = toy.course.assignments["toy"]
    toy.path("a").write_text("bc")
    first = graders_hash(assignment)
    toy.path("a").unlink()
    toy.path("ab").write_text("c")
    assert graders_hash(assignment) != first


def test_a_changed_grader_counts_and_a_changed_report_does_not(tmp_path, monkeypatch):
    package = tmp_path / "autograder"
    for name in ("grading/run.py", "percent.py", "report/feedback.py", "cli.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("x = 1\n")
    monkeypatch.setattr(job.autograder, "__file__", str(package / "__init__.py"))
    before = kit_hash()
    for name in ("report/feedback.py", "cli.py"):
        (package / name).write_text("x = 2\n")
        assert kit_hash() == before
    for name in ("grading/run.py", "percent.py"):
        (package / name).write_text("x = 2\n")
        assert kit_hash() != before
        before = kit_hash()
