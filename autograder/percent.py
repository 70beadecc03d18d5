"""A source (`solutions/<name>/<name>.py`, jupytext's percent format) read into cells.

Grading reads sources at every run, so they are parsed here and not by jupytext, which students need not install.
Comments stay comments: a source holds plain Python and no magics.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.errors import CourseError

Kind = Literal["markdown", "parameters", "setup", "answer", "check", "demo"]
CODE_KINDS = ("parameters", "setup", "answer")
"""The kinds of cells that run in grading."""
EDIT = "edit"
"""Tag of the cell `assemble` adds: given code to `read_source`, a student's own cell in a submission."""

_MARKER = re.compile(r"#\s*%%(?:\s+(.*?))?\s*")
_OPTION = re.compile(r'(\w+)=("[^"\\]*"|\[[^\]]*\])(?:\s+|$)')
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*")
_MARKER_FIX = (
    'Fix: write `# %% [markdown]`, `# %% answer="name"`, `# %% check="question"`, '
    'or `# %% tags=["parameters"]` with "parameters", "setup" or "demo".'
)


class SourceError(CourseError):
    """A source under `solutions/` is not as it must be; the text names file, line and fix."""


@dataclass(frozen=True)
class Cell:
    """One cell of a source: its notebook id, its kind, the answer's or question's name, and the heading above it."""

    id: str
    kind: Kind
    name: str
    heading: str
    source: str
    line: int = 0
    """Line of the file on which `source` starts (1-based)."""


def read_source(path: Path) -> list[Cell]:
    """The cells of a source file; SourceError names the line of what is no cell."""
    return parse_source(read_text(path), path)


def read_text(path: Path) -> str:
    """A source file as text, whatever its line ends; SourceError when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"{_short(path)} is missing. Fix: write it, or correct the name in grading.yml.") from None
    except UnicodeDecodeError as problem:
        raise SourceError(f"{_short(path)}: not UTF-8 text ({problem.reason}). Fix: save it as UTF-8.") from None


def parse_source(text: str, path: Path) -> list[Cell]:
    """The cells of a source given as text; `path` is named in errors only."""
    cells: list[Cell] = []
    numbers: Counter[str] = Counter()
    named: dict[str, int] = {}
    heading = ""
    for line, options, body in _split(text, path):
        kind, name = _kind(options, path, line)
        source = _markdown(body) if kind == "markdown" else "\n".join(body)
        if kind == "markdown":
            heading = _last_heading(source) or heading
        prefix = EDIT if options == {"tags": [EDIT]} else "text" if kind == "markdown" else kind
        numbers[prefix] += 1
        ident = f"{prefix}-{numbers[prefix]}"
        if kind in ("answer", "check", "parameters"):
            ident = f"{kind}-{name}" if name else kind
            first = named.setdefault(ident, line)
            if first != line:
                what = f"{kind} cell {name!r}" if name else f"{kind} cell"
                fix = "give it another name, or remove it." if name else "keep one."
                raise source_error(path, line, f"there is a second {what}; the first is on line {first}", fix)
        cells.append(Cell(ident, kind, name, heading, source, line + 1))
    return cells


def _split(text: str, path: Path) -> list[tuple[int, dict[str, object], list[str]]]:
    """(line of the marker, its options, body lines without the blank ones at the end) of every cell."""
    parts: list[tuple[int, dict[str, object], list[str]]] = []
    lines = text.split("\n")
    start = _after_header(lines)
    for number, line in enumerate(lines[start:], start + 1):
        marker = _MARKER.fullmatch(line)
        if marker:
            parts.append((number, _options(marker[1] or "", path, number), []))
        elif parts:
            parts[-1][2].append(line)
        elif line.strip():
            raise source_error(path, number, "text before the first cell", "start the file with `# %% [markdown]`.")
    for _, _, body in parts:
        while body and not body[-1].strip():
            body.pop()
    return parts


def _after_header(lines: Sequence[str]) -> int:
    """How many lines jupytext's own YAML header takes (`# ---` … `# ---`)."""
    if lines and lines[0].strip() == "# ---":
        return next((n for n, line in enumerate(lines[1:], 2) if line.strip() == "# ---"), 0)
    return 0


def _options(text: str, path: Path, line: int) -> dict[str, object]:
    if text == "[markdown]":
        return {"markdown": True}
    options: dict[str, object] = {}
    at = 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if not found or found[1] in options:
            raise SourceError(f"{_short(path)}, line {line}: `# %% {text}` is no cell of a source. {_MARKER_FIX}")
        try:
            options[found[1]] = json.loads(found[2])
        except ValueError:
            raise SourceError(f"{_short(path)}, line {line}: cannot read {found[2]}. {_MARKER_FIX}") from None
        at = found.end()
    return options


def _kind(options: dict[str, object], path: Path, line: int) -> tuple[Kind, str]:
    """Kind and name of a cell by the options on its `# %%` line: exactly one of them."""
    if options == {"markdown": True}:
        return "markdown", ""
    if options == {"tags": [EDIT]}:
        return "setup", ""
    for tag in ("parameters", "setup", "demo"):
        if options == {"tags": [tag]}:
            return tag, ""
    for key in ("answer", "check"):
        name = options.get(key)
        if len(options) == 1 and isinstance(name, str):
            if not _NAME.fullmatch(name):
                fix = "use letters, digits, _ and -, at most 48."
                raise source_error(path, line, f"{name!r} cannot name a cell", fix)
            return key, name
    said = " ".join(f"{key}={json.dumps(value)}" for key, value in options.items()) or "an empty marker"
    raise SourceError(f"{_short(path)}, line {line}: {said} does not say what the cell is. {_MARKER_FIX}")


def _markdown(lines: list[str]) -> str:
    """Text of a markdown cell: the comment signs, or one triple-quoted string around it, taken away."""
    text = "\n".join(lines).strip()
    for quotes in ('"""', "'''"):
        if text.startswith(quotes) and text.endswith(quotes) and len(text) >= 6:
            return text[3:-3].removeprefix("\n").removesuffix("\n")
    return "\n".join(line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#") for line in lines)


def _last_heading(markdown: str) -> str:
    """Plain text of the last heading of a markdown cell, or ""; code blocks are skipped."""
    heading, fenced = "", False
    for line in markdown.splitlines():
        fenced ^= line.startswith("```")
        found = None if fenced else _HEADING.fullmatch(line)
        heading = found[1] if found else heading
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[`*]|(?<!\w)_|_(?!\w)", "", heading).strip()


def source_error(path: Path | None, line: int, problem: str, fix: str) -> SourceError:
    """`solutions/im2col/im2col.py, line 40: problem. Fix: fix`."""
    return SourceError(f"{_short(path)}, line {line}: {problem}. Fix: {fix}")


def parse_python(source: str, path: Path | None, line: int = 1) -> ast.Module:
    """The syntax tree of a piece of `path` that starts on `line`; SourceError names the line of a syntax error."""
    try:
        return ast.parse(source)
    except SyntaxError as problem:
        at = line - 1 + (problem.lineno or 1)
        raise source_error(path, at, f"not valid Python ({problem.msg})", "correct that line.") from None


def _short(path: Path | None) -> str:
    return "/".join(path.parts[-3:]) if path else "the source"
