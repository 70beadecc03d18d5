"""Cells of a source as a notebook (with stubs or solutions) and as the reference module."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from autograder.percent import (
    CODE_KINDS,
    Cell,
    Kind,
    SourceError,
    parse_python,
    parse_source,
    read_source,
    read_text,
    source_error,
)
from autograder.variant import assemble, bindings

if TYPE_CHECKING:
    from nbformat.notebooknode import NotebookNode

    from autograder.course import Assignment

__all__ = [
    "Cell", "Code", "Kind", "SourceError", "assemble", "code_only", "defined_in", "label", "load_module", "load_text",
    "notebook_text", "parse_source", "read_source", "solution_notebook", "stub", "student_notebook",
]  # fmt: skip

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")


class Code(NamedTuple):
    """A cell that runs in grading: `kind` is "setup" or "answer", `label` is what messages call it."""

    id: str
    label: str
    source: str
    kind: str


def stub(source: str, path: Path | None = None, line: int = 1) -> str:
    """The cell as a student gets it: every solution region replaced, at its indentation, by the stub.

    `path` and `line` (of the first line of `source`) are named in errors: SourceError when markers do not pair.
    """
    kept: list[str] = []
    begun = 0
    for number, text in enumerate(source.split("\n"), line):
        begins, ends = BEGIN in text, END in text
        if begins and begun:
            fix = f"write `### {END}` above it."
            raise source_error(path, number, f"a solution begins inside the one begun on line {begun}", fix)
        if ends and not begun:
            fix = f"write `### {BEGIN}` above it, or remove it."
            raise source_error(path, number, "a solution ends that has not begun", fix)
        if (begins or ends) and text.strip() != f"### {BEGIN if begins else END}":
            fix = f"put `### {BEGIN if begins else END}` alone on a line."
            raise source_error(path, number, f"`{text.strip()}` is no solution marker", fix)
        if begins:
            begun = number
            indent = text[: len(text) - len(text.lstrip())]
            kept.extend(indent + part for part in STUB)
        elif ends:
            begun = 0
        elif not begun:
            kept.append(text)
    if begun:
        raise source_error(path, begun, "this solution never ends", f"write `### {END}` below it, in the same cell.")
    return "\n".join(kept)


def student_notebook(cells: Sequence[Cell], assignment: "Assignment") -> "NotebookNode":
    """The notebook students get: stubs for solutions, nbgrader's metadata, and what `check()` needs to know."""
    path = assignment.source
    stubbed = [stub(cell.source, path, cell.line) if cell.kind == "answer" else cell.source for cell in cells]
    return _notebook(cells, stubbed, assignment)


def solution_notebook(cells: Sequence[Cell], assignment: "Assignment") -> "NotebookNode":
    """The same notebook with its solutions, markers included: for papermill, and for nbgrader to release from."""
    return _notebook(cells, [cell.source for cell in cells], assignment)


def notebook_text(notebook: "NotebookNode") -> str:
    """A notebook as the bytes of its file: keys sorted, one space of indent, one newline at the end."""
    import nbformat

    text: str = nbformat.writes(notebook, version=4, indent=1)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def _notebook(cells: Sequence[Cell], sources: Iterable[str], assignment: "Assignment") -> "NotebookNode":
    from nbformat import v4

    nodes = []
    for cell, source in zip(cells, sources, strict=True):
        new = v4.new_markdown_cell if cell.kind == "markdown" else v4.new_code_cell
        nodes.append(new(source, id=cell.id, metadata=_cell_metadata(cell, assignment)))  # type: ignore[no-untyped-call]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py"},
        "autograder": {
            "assignment": assignment.name,
            "questions": {name: _number(question.points) for name, question in assignment.questions.items()},
            "thresholds": assignment.thresholds,
            "training_seconds": _number(assignment.limits.training_seconds),
        },
    }
    notebook: NotebookNode = v4.new_notebook(cells=nodes, metadata=metadata)  # type: ignore[no-untyped-call]
    return notebook


def _cell_metadata(cell: Cell, assignment: "Assignment") -> dict[str, object]:
    """Tags and nbgrader's record of a cell.

    Locked: given code, checks and demos (a change there would be lost in grading, so none can be made). Open:
    answers, and the parameters, which are there to be changed.
    """
    if cell.kind == "markdown":
        return {}
    metadata: dict[str, object] = {"tags": [cell.kind]} if cell.kind in ("parameters", "setup", "demo") else {}
    if cell.kind == "parameters":
        return metadata
    grade, solution = cell.kind == "check", cell.kind == "answer"
    record: dict[str, object] = {
        "schema_version": 3, "grade_id": cell.id, "grade": grade, "solution": solution, "locked": not solution,
        "task": False,
    }  # fmt: skip
    if grade:
        record["points"] = _number(assignment.question(cell.name).points)
    metadata |= {"nbgrader": record, "deletable": False}
    return metadata if solution else metadata | {"editable": False}


def _number(points: float) -> float | int:
    return int(points) if points == int(points) else points


def defined_in(cells: Sequence[Cell]) -> dict[str, Cell]:
    """Top-level name → the answer cell that defines it, so that a message can say where a missing one belongs."""
    found: dict[str, Cell] = {}
    for cell in cells:
        if cell.kind == "answer":
            for node in parse_python(cell.source, None, cell.line).body:
                found |= dict.fromkeys(bindings(node) - found.keys(), cell)
    return found


def code_only(cells: Sequence[Cell]) -> list[Code]:
    """The cells that run in grading, in order; labels count all cells of the notebook from 1."""
    return [
        Code(cell.id, label(number, cell), cell.source, "answer" if cell.kind == "answer" else "setup")
        for number, cell in enumerate(cells, 1)
        if cell.kind in CODE_KINDS
    ]


def label(number: int, cell: Cell) -> str:
    """What messages call a cell: `cell 7, under *Backward*`."""
    return f"cell {number}, under *{cell.heading}*" if cell.heading else f"cell {number}"


def load_module(path: Path, name: str) -> ModuleType:
    """The reference module: parameters, setup and answer cells of a source, run as one module.

    Tracebacks show the source's own lines. The module is in `sys.modules` only while it runs; SourceError says on
    which line it stopped.
    """
    return load_text(read_text(path), path, name)


def load_text(text: str, path: Path, name: str) -> ModuleType:
    """Like `load_module`, of a source given as text (an assembled variant, say); `path` is the file errors name."""
    lines = [""] * (text.count("\n") + 2)
    for cell in parse_source(text, path):
        if cell.kind in CODE_KINDS:
            body = cell.source.split("\n")
            lines[cell.line - 1 : cell.line - 1 + len(body)] = body
    whole = "\n".join(lines)
    parse_python(whole, path)
    code = compile(whole, str(path), "exec")
    module = ModuleType(name)
    module.__file__ = str(path)
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses look their module up there while the class is made
    try:
        exec(code, module.__dict__)
    except Exception as problem:
        words = f"running it stopped with {type(problem).__name__}: {problem}"
        fix = "correct that line: a source must run from top to end."
        raise source_error(path, _line_in(path, problem), words, fix) from problem
    finally:
        if before is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = before
    return module


def _line_in(path: Path, problem: BaseException) -> int:
    """The last line of `path` that an exception went through."""
    line, step = 1, problem.__traceback__
    while step:
        line = step.tb_lineno if step.tb_frame.f_code.co_filename == str(path) else line
        step = step.tb_next
    return line
