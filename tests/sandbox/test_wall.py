"""The wall itself: what it covers, how it starts and ends, and what it says when it cannot."""

import os

import pytest

from autograder.course import Limits
from autograder.errors import SandboxError
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import Session
from autograder.sandbox.transports import Walled
from autograder.sandbox.usage import has_ended
from autograder.sandbox.wall import Wall, bubblewrap, python_arguments
from autograder.submission import CodeCell


def test_labels_that_ride_along_in_packages_are_covered(tmp_path, monkeypatch):
    prefix = tmp_path / "venv"
    packages = prefix / "lib/python3.11/site-packages"
    for place in ("autograder/_datasets", "sklearn/datasets/data"):
        (packages / place).mkdir(parents=True)
    (prefix / "course/solutions").mkdir(parents=True)
    (prefix / "course/grades.csv").touch()
    monkeypatch.setattr("sys.prefix", str(prefix))
    monkeypatch.setattr("autograder.sandbox.wall.label_sources", lambda: [prefix / "share/MNIST", tmp_path / "outside"])
    (prefix / "share/MNIST").mkdir(parents=True)
    hidden = [prefix / "course/solutions", prefix / "course/grades.csv", tmp_path / "outside", prefix / "missing"]
    arguments = python_arguments(hidden)
    tmpfs = {arguments[n + 1] for n, part in enumerate(arguments) if part == "--tmpfs"}
    mine = {path for path in tmpfs if path.startswith(str(tmp_path))}
    folders = [packages / "autograder/_datasets", packages / "sklearn/datasets/data"]
    assert mine == {str(path) for path in [*folders, prefix / "course/solutions", prefix / "share/MNIST"]}
    for path in tmpfs:  # and nobody can write there
        assert arguments[arguments.index(path) + 1 :][:2] == ["--remount-ro", path]
    file = arguments[arguments.index("/dev/null") - 1 :][:3]
    assert file == ["--ro-bind", "/dev/null", str(prefix / "course/grades.csv")]


def test_a_prefix_reached_through_a_link_is_covered_where_it_is_shown(tmp_path, monkeypatch):
    (tmp_path / "real/course/solutions").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "link"))
    arguments = python_arguments([tmp_path / "real/course/solutions"])
    assert str(tmp_path / "link/course/solutions") in arguments


def test_without_bubblewrap_the_one_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"bubblewrap is missing.*Install it with: sudo apt-get install bubblewrap"):
        bubblewrap()


NO_START = {
    "echo 'bwrap: No permissions to create new namespace' >&2; exit 1": "No permissions.*Allow unprivileged user name",
    "exit 0": "no answer.*Allow unprivileged user namespaces",
    "echo ImportError: torch >&2; exit 1": "ImportError: torch. Run autograder doctor",
}


@pytest.mark.parametrize(("script", "words"), NO_START.items())
def test_a_wall_that_does_not_start_says_why(monkeypatch, tmp_path, script, words):
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SandboxError, match=f"The wall did not start: .*{words}"):
        Wall()


def test_the_end_of_a_wall_is_our_problem_and_takes_all_in_it_along(wall):
    second = Wall()
    connection, child = second.fork({})
    inside = [second.warm_pid, child]
    second.close()
    connection.close()
    assert not second.alive
    assert all(map(has_ended, inside))
    with pytest.raises(SandboxError, match="Run the command again"):
        second.fork({})
    assert wall.alive


def test_settings_the_wall_cannot_meet_are_our_problem(examine):
    with pytest.raises(SandboxError, match="The wall could not be set up for a submission: ValueError"):
        examine("x = 1", limits={"file_size": "large"})


def test_a_wall_with_several_threads_gives_workers():
    """A process with threads cannot enter namespaces, so the warm one must have none."""
    settings = {**Limits().model_dump(), "data": "bundled", "threads": 2, "module": "submission"}
    wall = Wall(threads=2)
    try:
        session = Session(Walled(wall, settings), [CodeCell("a", "cell 1", THREADS, "answer")])
        session.start()
        assert Submission(session).threads() == 2
        session.close()
    finally:
        wall.close()


THREADS = """
import torch

def threads():
    return torch.get_num_threads()
"""
