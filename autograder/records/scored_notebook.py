"""The submitted notebook with the points in its grade cells, as formgrader and nbgrader's exporters expect it."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.records.cells import KitCell, KitNotebook, read_kit_notebook
from autograder.records.results import Result, write_text
from autograder.records.scores import number, question_points

if TYPE_CHECKING:
    from autograder.course import Assignment

LARGEST_NOTEBOOK = 100 * 2**20
"""Bytes of a submitted file that is looked at; a larger one is shown without its content."""

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CELL_TYPES = ("code", "markdown", "raw")


def write_scored_notebook(submitted: Path, result: Result, destination: Path, assignment: Assignment) -> None:
    """Write what was handed in to `destination` with one number, the points, as the only output of each grade cell.

    nbgrader's `determine_grade` reads exactly the points of each question; people see the list of checks beside them.
    Other cells keep their outputs. Of a cell's metadata only what the released notebook gives it is kept; locked cells
    show the released source, which is what was graded; grade cells the student removed stand at the end, and copies
    of one count as ordinary cells. A `.py` file becomes one cell; of a file that cannot be read only the grade cells
    remain. Raises KitError when the folder cannot be written or the released notebook cannot be read.
    """
    kit = read_kit_notebook(assignment)
    cells = _with_scores(_submitted_cells(Path(submitted)), kit, result)
    notebook = {
        "cells": _with_ids(cells),
        "metadata": {"kernelspec": kit.kernelspec, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    write_text(destination, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")


def _with_scores(cells: list[dict[str, Any]], kit: KitNotebook, result: Result) -> list[dict[str, Any]]:
    by_name = {cell.grade_id: cell for cell in kit.cells}
    seen: set[str] = set()
    for cell in cells:
        known = _kit_cell_of(cell, kit, by_name)
        cell.pop("nbgrader")
        # A copy of a grade cell would be counted twice.
        if known is None or known.grade_id in seen:
            continue
        # nbgrader takes no answer that was turned into text for valid; it stays as an ordinary cell.
        if known.kind == "solution" and known.cell_type != cell["cell_type"]:
            continue
        seen.add(known.grade_id)
        _become(cell, known, result)
    for known in kit.of_kind("grade"):
        if known.grade_id not in seen:
            cell = {"id": known.id, **_code_cell("")}
            _become(cell, known, result)
            cells.append(cell)
    return cells


def _kit_cell_of(cell: dict[str, Any], kit: KitNotebook, by_name: dict[str, KitCell]) -> KitCell | None:
    """Return the released cell this one is: by its grade_id, else its cell id, else (a grade cell) its source.

    Some notebook hosts strip all metadata, and some editors draw new cell ids.
    """
    meta = cell["nbgrader"]
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    if isinstance(name, str) and name in by_name:
        return by_name[name]
    source = cell["source"].strip()
    for known in kit.cells:
        if known.id and known.id == cell["id"]:
            return known
        if known.kind == "grade" and known.source.strip() == source:
            return known
    return None


def _become(cell: dict[str, Any], known: KitCell, result: Result) -> None:
    """Make `cell` the released cell `known`; a grade cell gets its points as its one output."""
    cell["metadata"] = {"nbgrader": known.metadata()}
    if known.kind == "solution":
        return
    outputs = cell.get("outputs", []) if known.kind == "locked" else [_points_output(result, known)]
    if cell["cell_type"] != known.cell_type or known.kind == "grade":
        cell.pop("attachments", None)
    cell["cell_type"], cell["source"] = known.cell_type, known.source
    cell.pop("outputs", None)
    if known.cell_type == "code":
        cell["outputs"] = outputs
        cell.setdefault("execution_count", None)
    else:
        cell.pop("execution_count", None)


def _points_output(result: Result, known: KitCell) -> dict[str, Any]:
    from autograder.report import checks_html

    # A cell without a number would get full points from nbgrader, and so would one that is not a number.
    points = question_points(result, known.question) or 0.0
    return {
        "output_type": "execute_result",
        "execution_count": None,
        "metadata": {},
        "data": {"text/plain": number(min(points, known.points)), "text/html": checks_html(result, known.question)},
    }


def _submitted_cells(path: Path) -> list[dict[str, Any]]:
    """Return the submitted cells, each valid in itself whatever the file holds; none when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_NOTEBOOK:
            return []
        data = path.read_bytes()
        if path.suffix == ".py":
            return [{"id": "", "nbgrader": None, **_code_cell(data.decode("utf-8-sig", "replace"))}]
        notebook = json.loads(data)
        if notebook["nbformat"] < 4:
            notebook = _upgraded(notebook)
        return [_repaired(cell) for cell in notebook["cells"] if isinstance(cell, dict)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The result already says in words why the file could not be read.
        return []


def _upgraded(notebook: Any) -> Any:
    import nbformat

    untyped: Any = nbformat
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return untyped.convert(untyped.from_dict(notebook), 4)


def _code_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def _repaired(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a valid cell of what a student's cell holds; its nbgrader metadata waits beside it under `nbgrader`."""
    source, metadata = cell.get("source", ""), cell.get("metadata")
    source = source if isinstance(source, str) else "".join(part for part in source if isinstance(part, str))
    kind = cell["cell_type"] if cell.get("cell_type") in _CELL_TYPES else "raw"
    repaired: dict[str, Any] = {
        "id": cell.get("id"),
        "nbgrader": metadata.get("nbgrader") if isinstance(metadata, dict) else None,
        "cell_type": kind,
        "metadata": {},
        "source": source,
    }
    if kind == "code":
        count, outputs = cell.get("execution_count"), cell.get("outputs", [])
        repaired["execution_count"] = count if type(count) is int and count >= 0 else None
        repaired["outputs"] = [output for output in outputs if _valid_output(output)]
    elif _valid_attachments(cell.get("attachments")):
        repaired["attachments"] = cell["attachments"]
    return repaired


def _valid_output(output: Any) -> bool:
    from nbformat import ValidationError, validate

    try:
        validate(output, ref="output", version=4, version_minor=5)
    except (ValidationError, TypeError, AttributeError):
        return False
    return True


def _valid_attachments(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(bundle, dict) and all(isinstance(text, str) for text in bundle.values()) for bundle in value.values()
    )


def _with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cells, each with a valid id of its own: the one it has where nobody has it yet, else a new one."""
    given = {cell["id"] for cell in cells if isinstance(cell["id"], str)}
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        name = cell["id"]
        if not (isinstance(name, str) and _CELL_ID.fullmatch(name)) or name in taken:
            name = next(free for n in range(len(cells) + 1) if (free := f"cell-{index}-{n}") not in given)
        taken.add(name)
        cell["id"] = name
    return cells
