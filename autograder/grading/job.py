"""What is to be graded and under which conditions: plain data, cheap to import and to send between processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import autograder
from autograder.course import Assignment
from autograder.grading.reference import shared_files

# Parts of the package that no grade depends on.
NOT_GRADING = {
    "batch", "records", "report", "integrations", "cli.py", "classroom.py", "doctor.py", "student.py", "verify.py",
}  # fmt: skip


@dataclass(frozen=True)
class Conditions:
    """The same for every submission of a run. `threads` is torch's threads per slot."""

    root: str
    device: str = "cpu"
    data: str = "bundled"
    sandbox: str = "bubblewrap"
    seed: int = 0
    threads: int = 1
    trainings: bool = True


@dataclass(frozen=True)
class Job:
    """One submission to grade; `key` says what its result depends on.

    `shown` are cells (id, label, source) to run afterwards for what they show: its result has their outputs.
    """

    student: str
    assignment: str
    path: str
    key: str = ""
    shown: tuple[tuple[str, str, str], ...] = ()


def graders_hash(assignment: Assignment) -> str:
    """The hash of everything that decides a grade besides the submission: source, checks, probes, bank, the entry."""
    digest = hashlib.sha256(assignment.model_dump_json(exclude={"folder", "released"}).encode())
    for path in [*shared_files(assignment.folder), *sorted(assignment.folder.rglob("*"))]:
        name = path.relative_to(assignment.folder.parent)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in name.parts):
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def kit_hash() -> str:
    """The hash of the package's own code: a changed grader grades again."""
    root = Path(autograder.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] not in NOT_GRADING:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(content: bytes, graders: str, kit: str, conditions: Conditions) -> str:
    """The cache key of one result."""
    asked = {k: v for k, v in asdict(conditions).items() if k not in ("root", "threads")}
    versions = {name: version(name) for name in ("autograder", "torch", "torchvision", "numpy")}
    parts = [hashlib.sha256(content).hexdigest(), graders, kit, asked, versions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def keyed(jobs: Iterable[Job], assignments: dict[str, Assignment], conditions: Conditions) -> list[Job]:
    """The same jobs with their keys. A file that cannot be read gets a key of its own: it is tried again."""
    kit, graders = kit_hash(), {name: graders_hash(assignment) for name, assignment in assignments.items()}
    found = []
    for job in jobs:
        try:
            content = Path(job.path).read_bytes()
        except OSError:
            content = b""
        key = key_of(content + job.assignment.encode(), graders[job.assignment], kit, conditions)
        found.append(replace(job, key=key))
    return found
