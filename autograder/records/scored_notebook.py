"""The submitted notebook with the points in its grade cells, as formgrader and nbgrader's exporters expect it."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.records.cells import KitCell, KitNotebook, read_kit_notebook
from autograder.records.results import Result, write_text
from autograder.records.scores import number, question_points
from autograder.submission.magics import neutralise
from autograder.submission.python import clean_text, defined

if TYPE_CHECKING:
    from autograder.course import Assignment

LARGEST_NOTEBOOK = 100 * 2**20
"""Bytes of a submitted file that is looked at; a larger one is shown without its content."""

NOTES = "autograder-notes"
"""The id of the cell that says what was found in the file."""

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CELL_TYPES = ("code", "markdown", "raw")


def write_scored_notebook(submitted: Path, result: Result, destination: Path, assignment: Assignment) -> None:
    """Write what was handed in to `destination` with one number, the points, as the only output of each grade cell.

    nbgrader's `determine_grade` reads exactly the points of each question; people see the list of checks beside them,
    and above all cells what was found in the file. Other cells keep their outputs. Raises KitError when the folder
    cannot be written or the released notebook cannot be read.
    """
    notebook = restored_notebook(submitted, assignment)
    put_scores(notebook, result, read_kit_notebook(assignment))
    write_text(destination, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")


def restored_notebook(submitted: Path, assignment: Assignment) -> dict[str, Any]:
    """Return what was handed in as a valid notebook in which the released cells are what they were released as.

    Of a cell's metadata only what the released notebook gives it is kept; locked cells show the released source, which
    is what is graded; grade cells the student removed stand at the end, given cells where they were, and copies of a
    released cell count as ordinary ones. A `.py` file becomes one cell; of a file that cannot be read only the grade
    cells remain. Grade cells have no output.
    """
    kit = read_kit_notebook(assignment)
    return {
        "cells": _with_ids(_restored(_submitted_cells(Path(submitted)), kit)),
        "metadata": {"kernelspec": kit.kernelspec, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def put_scores(notebook: dict[str, Any], result: Result, kit: KitNotebook) -> None:
    """Put the points of `result` into the grade cells of a restored notebook, and its notes above all cells."""
    by_name = {cell.grade_id: cell for cell in kit.of_kind("grade")}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in by_name:
            cell["outputs"] = [_points_output(result, by_name[name])]
    kept = [cell for cell in notebook["cells"] if (cell["id"], cell["cell_type"]) != (NOTES, "markdown")]
    notebook["cells"] = [*_notes_cell(result), *kept]


def cells_to_show(notebook: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return (id, label, source) of the code cells of a restored notebook that can be run: all but the grade cells."""
    return tuple(
        (cell["id"], f"cell {number}", neutralise(clean_text(cell["source"])).source)
        for number, cell in enumerate(notebook["cells"], 1)
        if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader", {}).get("grade")
    )


def put_outputs(notebook: dict[str, Any], outputs: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put the outputs of a run into a restored notebook, by cell id, in place of those that were handed in."""
    count = 0
    for cell in notebook["cells"]:
        if cell["id"] in outputs:
            count += 1
            cell["outputs"], cell["execution_count"] = outputs[cell["id"]], count
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count


def _notes_cell(result: Result) -> list[dict[str, Any]]:
    from autograder.report.words import prose

    notes = [f"<li>{prose(' '.join(note.split()))}</li>" for note in result.get("notes", [])]
    if not notes:
        return []
    source = "\n".join(["<b>What was found in this file</b>", "<ul>", *notes, "</ul>"])
    return [{"id": NOTES, "cell_type": "markdown", "metadata": {}, "source": source}]


def _restored(cells: list[dict[str, Any]], kit: KitNotebook) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        known = None if cell.pop("script", False) else _kit_cell_of(cell, kit)
        cell.pop("nbgrader")
        # A copy of a grade cell would be counted twice.
        if known is None or known.grade_id in found:
            continue
        # nbgrader takes no answer that was turned into text for valid; it stays as an ordinary cell.
        if known.kind == "solution" and known.cell_type != cell["cell_type"]:
            continue
        found[known.grade_id] = cell
        _become(cell, known)
    for place, known in enumerate(kit.cells):
        # Given cells are needed where cells are run; a script has its own.
        if known.grade_id in found or known.kind == "solution" or (known.kind == "locked" and not found):
            continue
        cell = {"id": known.id, **_code_cell("")}
        _become(cell, known)
        before = next((found[other.grade_id] for other in kit.cells[place::-1] if other.grade_id in found), None)
        at = len(cells) if known.kind == "grade" else cells.index(before) + 1 if before else 0
        cells.insert(at, cell)
        if known.kind == "locked":
            found[known.grade_id] = cell
    return cells


def _kit_cell_of(cell: dict[str, Any], kit: KitNotebook) -> KitCell | None:
    """Return the released cell this one is: by grade_id, cell id, the released source, or the names an answer defines.

    Some notebook hosts strip all metadata, and some editors draw new cell ids.
    """
    meta = cell["nbgrader"]
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    source = cell["source"].strip()
    names = set(defined(source)) if cell["cell_type"] == "code" else set()
    tests: list[Callable[[KitCell], bool]] = [
        lambda known: known.grade_id == name,
        lambda known: bool(known.id) and known.id == cell["id"],
        lambda known: known.kind != "solution" and known.source.strip() == source,
        lambda known: known.kind == "solution" and not names.isdisjoint(defined(known.source)),
    ]
    return next((known for test in tests for known in kit.cells if test(known)), None)


def _become(cell: dict[str, Any], known: KitCell) -> None:
    """Make `cell` the released cell `known`; a grade cell has no output yet."""
    cell["metadata"] = {"nbgrader": known.metadata()}
    if known.kind == "solution":
        return
    outputs = cell.get("outputs", []) if known.kind == "locked" else []
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
            return [{"id": "", "nbgrader": None, "script": True, **_code_cell(data.decode("utf-8-sig", "replace"))}]
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
