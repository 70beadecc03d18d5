"""The bank of an assignment: other right solutions, and planted mistakes that name the question they must lose."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import CourseError

HEAD = 'Begin it with """question: <id>\nmistake: <the mistake in a sentence>"""'


@dataclass(frozen=True)
class Variant:
    """One file of the bank. `question` is empty for right ones; `sentence` is the mistake, or the style."""

    path: Path
    question: str
    sentence: str


def read_right(folder: Path) -> list[Variant]:
    """The right variants of `solutions/<name>`, by file name."""
    return [Variant(path, "", " ".join(_head(path).split())) for path in sorted((folder / "bank/right").glob("*.py"))]


def read_wrong(folder: Path) -> list[Variant]:
    """The planted mistakes of `solutions/<name>`, by file name. Raises CourseError for one without a proper head."""
    return [_wrong(path) for path in sorted((folder / "bank/wrong").glob("*.py"))]


def _wrong(path: Path) -> Variant:
    question, _, rest = _head(path).strip().partition("\n")
    name, word = question.removeprefix("question:").strip(), rest.strip()
    if not question.startswith("question:") or not name or not word.startswith("mistake:"):
        raise CourseError(f"{path}, line 1: its head names no question and mistake. Fix: {HEAD}")
    return Variant(path, name, " ".join(word.removeprefix("mistake:").split()))


def _head(path: Path) -> str:
    try:
        return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (SyntaxError, ValueError) as error:
        raise CourseError(f"{path}: it is not Python ({error}). Fix: correct or remove it.") from error
