"""The cells nbgrader keeps track of, read from the released notebook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import CourseError

if TYPE_CHECKING:
    from autograder.course import Assignment


@dataclass(frozen=True)
class KitCell:
    """One cell of the released notebook that nbgrader grades, unlocks for an answer, or locks."""

    id: str
    grade_id: str
    kind: str  # "grade", "solution" or "locked"
    cell_type: str  # "code" or "markdown"
    source: str
    points: float  # 0 unless it is a grade cell
    checksum: str | None

    @property
    def question(self) -> str:
        """The question a grade cell scores: its grade_id without `check-`."""
        return self.grade_id.removeprefix("check-")

    def metadata(self) -> dict[str, Any]:
        """Return nbgrader's metadata (schema 3) of this cell."""
        grade = self.kind == "grade"
        solution = self.kind == "solution"
        fields: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.grade_id,
            "grade": grade,
            "solution": solution,
            "locked": not solution,
            "task": False,
            "cell_type": self.cell_type,
        }
        if grade:
            fields["points"] = self.points
        if self.checksum:
            fields["checksum"] = self.checksum
        return fields


@dataclass(frozen=True)
class KitNotebook:
    """What nbgrader knows of a released notebook."""

    kernelspec: dict[str, Any]
    cells: tuple[KitCell, ...]

    def of_kind(self, kind: str) -> tuple[KitCell, ...]:
        """Return the cells of one kind, in the notebook's order."""
        return tuple(cell for cell in self.cells if cell.kind == kind)


def read_kit_notebook(assignment: Assignment) -> KitNotebook:
    """Read the nbgrader cells of `assignments/<name>/<name>.ipynb`; points come from grading.yml.

    Raises CourseError when the notebook is missing, cannot be read, or has other questions.
    """
    path = Path(assignment.released) / f"{assignment.name}.ipynb"
    fix = f"Run `autograder build {assignment.name}`."
    try:
        notebook = json.loads(path.read_bytes())
        found = [_kit_cell(cell, assignment) for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
        kernelspec = dict(notebook["metadata"].get("kernelspec", {}))
    except FileNotFoundError:
        raise CourseError(f"{path}: the notebook students get is missing. {fix}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(f"{path}: cannot be read as a released notebook ({error!r}). {fix}") from error
    cells = tuple(cell for cell in found if cell is not None)
    differs = set(assignment.questions) ^ {cell.question for cell in cells if cell.kind == "grade"}
    if differs:
        raise CourseError(f"{path}: its check cells and grading.yml differ in {', '.join(sorted(differs))}. {fix}")
    return KitNotebook(kernelspec, cells)


def _kit_cell(cell: dict[str, Any], assignment: Assignment) -> KitCell | None:
    meta = cell["metadata"]["nbgrader"]
    kind = "grade" if meta["grade"] else "solution" if meta["solution"] else "locked" if meta["locked"] else ""
    if not kind:
        return None
    source = cell["source"]
    question = assignment.questions.get(str(meta["grade_id"]).removeprefix("check-")) if kind == "grade" else None
    return KitCell(
        id=str(cell.get("id", "")),
        grade_id=str(meta["grade_id"]),
        kind=kind,
        cell_type=str(cell["cell_type"]),
        source=source if isinstance(source, str) else "".join(source),
        points=float(question.points if question else meta.get("points", 0.0)),
        checksum=meta.get("checksum"),
    )
