"""From the command line and grading.yml to the conditions of a run."""

import shutil

import pytest

from autograder import options
from autograder.errors import KitError, SandboxError
from autograder.grading import pool
from autograder.options import conditions_for


@pytest.fixture(autouse=True)
def _bubblewrap_is_there(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def test_what_is_not_asked_for_is_what_the_course_says(toy):
    found = conditions_for(toy.course)
    assert (found.device, found.data, found.sandbox, found.seed) == ("cpu", "bundled", "bubblewrap", 7)
    assert (found.root, found.trainings) == (str(toy.root), True)


def test_what_is_asked_for_wins(toy):
    found = conditions_for(toy.course, device="cpu", data="mnist", sandbox="none", seed=0, trainings=False)
    assert (found.data, found.sandbox, found.seed, found.trainings) == ("mnist", "none", 0, False)


@pytest.mark.parametrize(
    ("cores", "jobs", "threads"), [(8, 0, 1), (8, 2, 4), (8, 3, 2), (64, 2, 4), (2, 16, 1), (1, 1, 1)]
)
def test_slots_and_threads_share_the_cores(toy, monkeypatch, cores, jobs, threads):
    for module in (options, pool):
        monkeypatch.setattr(module, "default_workers", lambda *device: cores)
    assert conditions_for(toy.course, jobs=jobs).threads == threads


@pytest.mark.parametrize(
    ("asked", "there", "used"), [("auto", True, "cuda"), ("auto", False, "cpu"), ("cuda", True, "cuda")]
)
def test_the_device_that_is_there_is_used(toy, monkeypatch, asked, there, used):
    monkeypatch.setattr(options, "cuda_available", lambda: there)
    assert conditions_for(toy.course, device=asked).device == used


def test_cpu_is_never_asked_about_cuda(toy, monkeypatch):
    monkeypatch.setattr(options, "cuda_available", None)
    assert conditions_for(toy.course, device="cpu").device == "cpu"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"device": "gpu"}, "--device 'gpu' is unknown. Use one of: auto, cpu, cuda."),
        ({"data": ""}, "--data '' is unknown. Use one of: bundled, mnist."),
        ({"sandbox": "wall"}, "--sandbox 'wall' is unknown. Use one of: bubblewrap, none."),
    ],
)
def test_an_unknown_choice_is_answered_with_the_known_ones(toy, asked, words):
    with pytest.raises(KitError) as caught:
        conditions_for(toy.course, **asked)
    assert str(caught.value) == words


def test_cuda_that_is_not_there_is_refused(toy, monkeypatch):
    monkeypatch.setattr(options, "cuda_available", lambda: False)
    with pytest.raises(KitError, match="finds no CUDA device here"):
        conditions_for(toy.course, device="cuda")


def test_no_wall_is_refused_unless_it_is_said_aloud(toy, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="sudo apt-get install bubblewrap"):
        conditions_for(toy.course)
    assert conditions_for(toy.course, sandbox="none").sandbox == "none"
