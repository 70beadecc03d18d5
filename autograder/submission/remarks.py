"""What is said of a notebook that is not quite the one that was handed out; none of it costs a point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autograder.submission.model import Document
from autograder.submission.names import shown
from autograder.submission.python import normal

if TYPE_CHECKING:
    from autograder.course import Assignment
    from autograder.submission.kit import Kit


def remarks(document: Document, kit: Kit, path: Path, assignment: Assignment) -> list[str]:
    """Sentences on the file's name, its release, stripped metadata, and check cells missing, changed or doubled."""
    notes = []
    if path.parent.name == assignment.name and path.stem != assignment.name:
        notes.append(f"The file is called {shown(path.name)}; it was graded as `{assignment.name}.ipynb`.")
    notes += _older(document, assignment)
    if document.cells and not document.marked:
        told = "cells were told by their ids, their text and what they define"
        notes.append(f"The cells have lost nbgrader's metadata, as some notebook hosts do; {told}.")
    return notes + _checks(document, kit)


def _older(document: Document, assignment: Assignment) -> list[str]:
    """The notebook says which questions it had, and what each was worth."""
    then, now = document.questions, {name: question.points for name, question in assignment.questions.items()}
    if not then or then == now:
        return []
    differs = [f"`{name}` was not in it" for name in now if name not in then]
    differs += [f"{shown(name)} is no longer asked" for name in then if name not in now]
    differs += [f"`{name}` was worth {then[name]:g}" for name in now if name in then and then[name] != now[name]]
    said = ", ".join(differs[:4]) + (f" and {len(differs) - 4} more" if differs[4:] else "")
    return [f"The notebook was made from another release of the assignment: {said}. The current one was graded."]


def _checks(document: Document, kit: Kit) -> list[str]:
    places: dict[str, list[str]] = {cell.name: [] for cell in kit.cells if cell.kind == "check"}
    notes = []
    for raw in document.cells:
        cell = kit.match(raw, raw.source)
        if cell is None or cell.kind != "check":
            continue
        places[cell.name].append(raw.label)
        if normal(raw.source) != normal(cell.source):
            notes.append(f"The check cell of `{cell.name}` ({raw.label}) was changed; the kit's own checks are graded.")
    missing = [f"`{name}`" for name, labels in places.items() if not labels]
    if missing:
        what = f"cell of {missing[0]} is" if len(missing) == 1 else f"cells of {', '.join(missing)} are"
        notes.append(f"The check {what} missing; graded all the same.")
    for name, labels in places.items():
        if len(labels) > 1:
            where = ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if labels[4:] else "")
            notes.append(f"The check cell of `{name}` is there {len(labels)} times ({where}); it counts once.")
    return notes
