"""What a batch runs: the notebooks that its targets mean, the grid of parameters, and a name for each run."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from papermill.inspection import _infer_parameters
from papermill.iorw import load_notebook_node

from autograder.course import Course
from autograder.errors import KitError, SubmissionError
from autograder.notebook import read_source, solution_notebook
from autograder.options import cuda_available
from autograder.records.results import safe_folder
from autograder.records.scored_notebook import restored_notebook
from autograder.submission import find_submissions, read_submission
from autograder.yamlfile import choice

Values = dict[str, Any]
PARAMETERS = "parameters"
_KINDS: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+://")


@dataclass(frozen=True)
class Target:
    """A notebook to run: its name in the output, where it is from, and its content; or why there is none.

    `released` is the notebook that says which parameters there are, where it is not this one: a student may have
    changed that cell.
    """

    name: str
    source: str
    notebook: Any = None
    problem: str = ""
    released: Any = None


@dataclass(frozen=True)
class Run:
    """A target with parameters; `name` is its file in the output, without suffix."""

    target: Target
    parameters: Values
    grid: Values

    @property
    def name(self) -> str:
        """The target's name, and what the grid changes in it: `im2col/seed=1,epochs=2`."""
        inside = ",".join(f"{name}={value}" for name, value in self.grid.items()) or "run"
        return f"{self.target.name}/{safe_folder(inside)}"

    def key(self, kit: str) -> str:
        """A hash of everything the result depends on, the kit's own code (`kit_hash`) included."""
        parts = [self.target.notebook, self.parameters, kit, cuda_available()]
        parts += [version(name) for name in ("autograder", "torch", "numpy")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_remote(place: str) -> bool:
    """Whether a place is a URL, which papermill's handlers read and write."""
    return bool(_REMOTE.match(place))


def find_targets(course: Course, named: Sequence[str], workdir: Path) -> list[Target]:
    """The notebooks that `named` means, each an assignment, `solutions`, `assignments`, a notebook, or submissions.

    KitError for a name that is none of these, or twice the same.
    """
    found = [target for name in named for target in _targets(course, name, workdir)]
    for target in found:
        if sum(other.name == target.name for other in found) > 1:
            raise KitError(f"Two notebooks would be written to {target.name}. Fix: run one of them into another --out.")
    return found


def _targets(course: Course, name: str, workdir: Path) -> Iterator[Target]:
    path = Path(name)
    inside = path.resolve()
    solutions, released = course.root / "solutions", course.root / "assignments"
    if is_remote(name):
        yield _loaded(name, Path(name.split("?")[0]).stem)
    elif name in course.assignments and not path.is_file():
        yield _solution(course, name)
    elif inside == solutions or (inside.parent == solutions and inside.name in course.assignments):
        yield from (_solution(course, one) for one in course.assignments if inside.name in ("solutions", one))
    elif inside == released or (inside.parent == released and inside.name in course.assignments):
        chosen = [one for one in course.assignments if inside.name in ("assignments", one)]
        yield from (_loaded(str(released / one / f"{one}.ipynb"), one) for one in chosen)
    elif path.is_file() and path.suffix == ".ipynb":
        yield _loaded(name, path.stem)
    elif path.exists():
        yield from _handed_in(course, path, workdir)
    else:
        raise KitError(
            f"{name} is no assignment, no notebook and no folder here. Fix: name a file, a folder of submissions, "
            f'"solutions", "assignments" or {choice(name, course.assignments)}.'
        )


def _solution(course: Course, name: str) -> Target:
    assignment = course.assignment(name)
    notebook = solution_notebook(read_source(assignment.source), assignment)
    return Target(name, str(assignment.source), load_notebook_node(notebook))


def _loaded(place: str, name: str) -> Target:
    try:
        notebook = load_notebook_node(place)
    except Exception as error:  # papermill's handlers raise whatever their libraries do
        words = " ".join(str(error).split())[:300] or type(error).__name__
        raise KitError(
            f"{place} cannot be read as a notebook: {words}. Fix: check the file and your access."
        ) from error
    return Target(safe_folder(name), place, notebook)


def _handed_in(course: Course, path: Path, workdir: Path) -> Iterator[Target]:
    for item in find_submissions(path, course, (), workdir):
        name = f"{safe_folder(item.student or 'unknown')}/{safe_folder(item.assignment or item.path.stem)}"
        if item.problem or item.assignment not in course.assignments:
            yield Target(name, str(item.path), None, item.problem or "it belongs to no assignment of the course")
            continue
        assignment = course.assignments[item.assignment]
        try:
            read_submission(item, assignment, read_source(assignment.source))
        except SubmissionError as error:
            yield Target(name, str(item.path), None, str(error))
            continue
        released = _solution(course, item.assignment).notebook
        notebook = nbformat.from_dict(restored_notebook(item.path, assignment))  # type: ignore[no-untyped-call]
        _tag_parameters(notebook, released)
        notebook.metadata["autograder"] = {"assignment": item.assignment}
        yield Target(name, str(item.path), load_notebook_node(notebook), released=released)


def _tag_parameters(notebook: Any, released: Any) -> None:
    """Tag the parameters cell of what was handed in; where there is none any more, the released one comes first."""
    (known,) = (cell for cell in released.cells if PARAMETERS in cell.metadata.tags)
    mine = [cell for cell in notebook.cells if cell.id == known.id or cell.source.strip() == known.source.strip()]
    code = next((cell for cell in mine if cell.cell_type == "code"), None)
    if code is None:
        code = nbformat.v4.new_code_cell(known.source)  # type: ignore[no-untyped-call]
        notebook.cells.insert(0, code)
    code.metadata["tags"] = [PARAMETERS]


def plan(targets: Sequence[Target], fixed: Mapping[str, str], grid: Mapping[str, Sequence[str]]) -> list[Run]:
    """Every target with every combination of the grid. KitError names the notebook, the parameter and the fix."""
    for name in fixed.keys() & grid.keys():
        raise KitError(f"{name} is given by -p and by --grid. Fix: leave one of them out.")
    runs = []
    for target in targets:
        known = _parameters(target)
        same = {name: _value(target, known, name, text) for name, text in fixed.items()}
        axes = [
            [(name, value) for value in dict.fromkeys(_value(target, known, name, text) for text in texts)]
            for name, texts in grid.items()
        ]
        runs += [Run(target, {**same, **dict(point)}, dict(point)) for point in itertools.product(*axes)]
    return runs


def _parameters(target: Target) -> dict[str, Any] | None:
    """name → what papermill knows of it; None for a target without a notebook."""
    if target.notebook is None:
        return None
    notebook = target.released or target.notebook
    return {one.name: one for one in _infer_parameters(notebook, name="python3", language="python")}


def _value(target: Target, known: dict[str, Any] | None, name: str, text: str) -> Any:
    """A parameter's value as its annotation asks for it."""
    if known is None:
        return text
    if name not in known:
        there = f"use {choice(name, known)}" if known else "it has no cell tagged `parameters`"
        raise KitError(f"{target.source}: there is no parameter {name!r}. Fix: {there}.")
    kind = str(known[name].inferred_type_name).strip("'\"")
    asked = _KINDS.get(kind)
    try:
        if asked is bool:
            return {"true": True, "false": False}[text.lower()]
        return _finite(asked(text)) if asked else _plain(text)
    except (ValueError, KeyError):
        raise KitError(
            f"{target.source}: {name} is {text!r}, and the notebook says it is of type {kind}. Fix: give such a value."
        ) from None


def _plain(text: str) -> Any:
    for kind in (int, float):
        try:
            return _finite(kind(text))
        except ValueError:
            continue
    return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def _finite(value: Any) -> Any:
    """The same value; ValueError for a number that is none, which no record can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    return value
