"""A notebook file taken apart, without believing anything it says about itself."""

import json
import re
from collections.abc import Iterator
from typing import Any

from autograder.errors import SubmissionError
from autograder.submission.model import Document, RawCell
from autograder.submission.names import shown, unsafe
from autograder.submission.python import clean_text
from autograder.submission.zips import CLEAR

SAVE_AGAIN = "Fix: open it in a current Jupyter, save it, and hand it in again."
_LARGE = 5 * 2**20
_MAX_CELLS = 20_000
_MAX_CONTAINERS = 3_000_000
_MAX_VALUES = 15_000_000
_MAX_QUESTIONS = 100
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.{1,500})")


def read_notebook(text: str, name: str) -> Document:
    """The code cells of a notebook given as text; outputs are dropped unseen. SubmissionError says what is wrong.

    `name` is what messages call the file. Positions count all cells from 1, as the student sees them.
    """
    data = _json(text, name)
    document = Document()
    version = data.get("nbformat")
    if version in (2, 3) and not isinstance(version, bool):
        cells: object = _old_cells(data)
        document.notes.append(f"The notebook is of version {version} and was read as version 4 would be. {SAVE_AGAIN}")
    elif version == 4 and not isinstance(version, bool):
        cells = data.get("cells")
    else:
        said = "no version" if version is None else f"version {shown(str(version), 20)}, which is unknown here"
        raise SubmissionError(f"{name}: the notebook says {said} (`nbformat`; 4 is current). {SAVE_AGAIN}")
    if not isinstance(cells, list):
        raise SubmissionError(f"{name}: its `cells` are {_kind(cells)}, not a list of cells. {SAVE_AGAIN}")
    if len(cells) > _MAX_CELLS:
        raise SubmissionError(f"{name}: it has {len(cells):,} cells. Fix: hand in the notebook with your answers only.")
    if len(text) > _LARGE:
        document.notes.append(f"The file is {len(text) / 1e6:.0f} MB large; its saved outputs were ignored.")
    document.cells = list(_code_cells(cells, document.notes))
    kit = _mapping(_mapping(data.get("metadata")).get("autograder"))
    assignment = kit.get("assignment")
    document.assignment = assignment if isinstance(assignment, str) else ""
    document.notebook, document.marked = True, any(map(_marked, cells))
    document.questions = {
        name: float(points)
        for name, points in list(_mapping(kit.get("questions")).items())[:_MAX_QUESTIONS]
        if isinstance(points, int | float) and not isinstance(points, bool) and abs(points) < 1e6
    }
    return document


def _json(text: str, name: str) -> dict[str, Any]:
    if text.count("[") + text.count("{") > _MAX_CONTAINERS or text.count(",") > _MAX_VALUES:
        raise SubmissionError(f"{name}: too many values for a notebook. {CLEAR}")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise SubmissionError(_not_json(text, name, error)) from None
    except ValueError:  # an integer of thousands of digits
        raise SubmissionError(f"{name}: it holds a number too long to read. {CLEAR}") from None
    except RecursionError:
        raise SubmissionError(f"{name}: its JSON is nested too deeply to be a notebook. {SAVE_AGAIN}") from None
    if not isinstance(data, dict):
        raise SubmissionError(f"{name}: it holds {_kind(data)}, not a notebook. {SAVE_AGAIN}")
    return data


def _not_json(text: str, name: str, error: json.JSONDecodeError) -> str:
    start = text.lstrip()[:200].lower()
    where = f"line {error.lineno}, column {error.colno}"
    if start.startswith(("<!doctype", "<html")):
        why, fix = "it is a web page, not a notebook", "Fix: download the .ipynb file itself and hand that in."
    elif re.search(r"^(?:<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
        why, fix = f"it holds the marks of a merge conflict ({where})", "Fix: resolve the conflict with Git, then save."
    elif error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        why, fix = f"it ends in the middle ({where}); it was cut off", "Fix: save the notebook and hand it in again."
    else:
        why, fix = f"it is no valid JSON ({where}: {error.msg})", SAVE_AGAIN
    return f"{name}: {why}. {fix}"


def _kind(value: object) -> str:
    """A JSON value's kind in words."""
    words = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return words.get(type(value), "missing" if value is None else "something else")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _old_cells(data: dict[str, Any]) -> list[Any]:
    """The cells of a notebook of version 2 or 3 in the form of version 4."""
    sheets = data.get("worksheets")
    cells: list[Any] = []
    for sheet in sheets if isinstance(sheets, list) else ():
        inside = _mapping(sheet).get("cells")
        cells += inside if isinstance(inside, list) else []
    return [_upgraded(cell) if isinstance(cell, dict) else cell for cell in cells]


def _upgraded(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("input", cell.get("source"))
    if cell.get("cell_type") == "heading" and isinstance(source, str | list):
        level = cell.get("level")
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        joined = source if isinstance(source, str) else "".join(part for part in source if isinstance(part, str))
        return {"cell_type": "markdown", "source": f"{marks} {joined}"}
    return {"cell_type": cell.get("cell_type"), "source": source, "metadata": cell.get("metadata")}


def _code_cells(cells: list[Any], notes: list[str]) -> Iterator[RawCell]:
    heading = ""
    for position, cell in enumerate(cells, 1):
        label = f"cell {position}"
        if not isinstance(cell, dict):
            notes.append(f"{label.capitalize()} is {_kind(cell)}, not a cell, and was left out. {SAVE_AGAIN}")
            continue
        kind = cell.get("cell_type")
        if kind not in ("code", "markdown"):
            if kind != "raw":
                notes.append(f"{label.capitalize()} says no known `cell_type` and was left out. {SAVE_AGAIN}")
            continue
        source, problem = _source(cell.get("source"))
        if kind == "markdown":
            heading = last_heading(source) or heading
            continue
        if problem:
            notes.append(f"{label.capitalize()}: {problem}; it was left out. {SAVE_AGAIN}")
            continue
        if "\0" in source:
            notes.append(f"{label.capitalize()} held NUL characters; they were removed.")
        yield RawCell(label, clean_text(source), heading, *_identity(cell))


def _marked(cell: object) -> bool:
    """Whether a cell has a name of nbgrader's."""
    return "grade_id" in _mapping(_mapping(_mapping(cell).get("metadata")).get("nbgrader"))


def _source(source: object) -> tuple[str, str]:
    """(a cell's text, "") or ("", what is wrong with it)."""
    if isinstance(source, str):
        return source, ""
    if isinstance(source, list) and all(isinstance(part, str) for part in source):
        return "".join(source), ""
    if isinstance(source, list):
        return "", "its `source` is a list that holds more than text"
    return "", f"its `source` is {_kind(source)}, not text"


def _identity(cell: dict[str, Any]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The names a cell goes by, nbgrader's first, and its tags."""
    metadata = _mapping(cell.get("metadata"))
    keys = (_mapping(metadata.get("nbgrader")).get("grade_id"), cell.get("id"))
    tags = metadata.get("tags")
    words = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return tuple(key for key in keys if isinstance(key, str)), frozenset(words)


def last_heading(markdown: str) -> str:
    """Plain text of the last heading of a markdown cell, or ""; code blocks are skipped, long ones cut."""
    heading, fenced = "", False
    for line in clean_text(markdown).split("\n"):
        fenced ^= line.lstrip().startswith("```")
        found = None if fenced else _HEADING.match(line)
        heading = plain_heading(found[1]) if found else heading
    return heading


def plain_heading(text: str) -> str:
    """A heading without marks of markdown, unsafe characters, and all but its first 60 characters."""
    text = re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", text.rstrip().rstrip("#").rstrip())
    text = re.sub(r"[`*]|(?<!\w)_|_(?!\w)", "", text)
    text = "".join(char for char in text if not unsafe(char)).strip()
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"
