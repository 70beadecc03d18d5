"""The feedback page of one submission, and the list of checks shown below a graded cell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.records.results import Result, safe_folder, write_text
from autograder.records.scores import question_points, ungraded_questions
from autograder.report.words import CELL_WORDS, WORDS, prose, short, visible

_SHOWN_AT_ONCE = 1_200  # characters of a message before the rest is folded away
_LONGEST = 20_000  # characters of a message a page holds at all
_VERSIONS = ("autograder", "python", "torch", "numpy")


@dataclass(frozen=True)
class Block:
    """Lines of a message that belong together: prose, or `fixed` (code and tables, which need one width for all)."""

    text: str
    fixed: bool


@dataclass(frozen=True)
class Message:
    """A message: what is shown at once, in blocks, and what is folded away."""

    blocks: list[Block]
    folded: str


@dataclass(frozen=True)
class QuestionView:
    """One question as the page shows it; `points` is None when the kit could not grade it."""

    name: str
    points: float | None
    max_points: float
    checks: list[dict[str, Any]]

    @property
    def complete(self) -> bool:
        """Whether the question has all its points."""
        return self.points is not None and self.points >= self.max_points

    @property
    def shared(self) -> str:
        """The message all its checks end with when nothing is there to check: said once, not eleven times."""
        messages = {check["message"] if check["outcome"] == "missing" else "" for check in self.checks}
        return messages.pop() if len(self.checks) > 1 and len(messages) == 1 else ""


def feedback_html(result: Result, title: str, course_title: str) -> str:
    """Return the page a student reads: self-contained HTML, no scripts, nothing loaded from elsewhere.

    `title` is the assignment's. Every text of the result is escaped; control characters are shown as escapes.
    """
    template = templates().get_template("feedback.html.j2")
    return template.render(
        result=result,
        title=title,
        course_title=course_title,
        questions=_questions(result),
        final=not ungraded_questions(result) and result.get("status") != "error",
        passed=sum(check["outcome"] == "passed" for check in result["checks"]),
        percent=_percent(result["points"], result["max_points"]),
        cells=[cell for cell in result.get("cells", []) if cell["outcome"] != "ok"],
    )


def write_feedback(folder: Path, result: Result, title: str, course_title: str) -> Path:
    """Write the page to `<folder>/<student>/<assignment>/<assignment>.html`, nbgrader's own place; return that path.

    KitError when the folder cannot be written.
    """
    name = safe_folder(result["assignment"])
    path = Path(folder) / safe_folder(result["student"]) / name / f"{name}.html"
    write_text(path, feedback_html(result, title, course_title))
    return path


def checks_html(result: Result, question: str) -> str:
    """Return the list of one question's checks for the output of its grade cell.

    Only lists, `<b>`, `<em>` and `<code>` are used, so that it survives nbconvert's `sanitize_html` unchanged.
    """
    view = next((view for view in _questions(result) if view.name == question), None)
    template = templates().get_template("checks.html.j2")
    return template.render(view=view, problem=result.get("problem", ""), question=question)


def split_message(text: str) -> Message:
    """Split a message into blocks of prose and of code or numbers, and what is beyond the length shown at once."""
    shown = visible(text).strip("\n")
    left_out = len(shown) - _LONGEST
    if left_out > 0:
        shown = f"{shown[:_LONGEST]}\n({left_out} more characters are in results.json; ask your instructor.)"
    head, folded = shown, ""
    if len(shown) > _SHOWN_AT_ONCE:
        # Cut at a line's end where one is near, so that rows of numbers stay whole.
        cut = shown.rfind("\n", _SHOWN_AT_ONCE // 2, _SHOWN_AT_ONCE)
        cut = cut if cut > 0 else _SHOWN_AT_ONCE
        head, folded = shown[:cut], shown[cut:].lstrip("\n")
    lines = [line for line in head.split("\n") if line.strip()]
    blocks = [Block("\n".join(group), fixed) for fixed, group in itertools.groupby(lines, _fixed)]
    return Message(blocks, folded)


def _fixed(line: str) -> bool:
    """Whether a line is code or a row of numbers: it is indented, or set in columns by runs of spaces."""
    return line.startswith(("  ", "\t")) or re.search(r"\S {2,}\S", line) is not None


def _questions(result: Result) -> list[QuestionView]:
    by_question: dict[str, list[dict[str, Any]]] = {name: [] for name in result["questions"]}
    for check in result["checks"]:
        by_question.setdefault(check["question"], []).append(check)
    maximum = {name: float(entry["max_points"]) for name, entry in result["questions"].items()}
    return [
        QuestionView(name, question_points(result, name), maximum.get(name, 0.0), checks)
        for name, checks in by_question.items()
    ]


def _percent(points: float, maximum: float) -> float:
    return round(min(max(100.0 * points / maximum, 0.0), 100.0), 1) if maximum else 0.0


def _graded_with(result: Result) -> list[tuple[str, str]]:
    """Return the receipt, as names and values: what is needed to get the same score again."""
    environment, submission = result["environment"], result.get("submission", {})
    walls = {"none": "none: the code ran without the wall around it"}
    rows = {
        "File": submission.get("file"),
        "SHA-256 of the file": submission.get("sha256"),
        "Device": result["device"],
        "Data": result["data"],
        "Seed": result.get("seed"),
        "Sandbox": walls.get(result["sandbox"], result["sandbox"]),
        "Time": f"{result['seconds']:.1f} s, {result.get('cpu_seconds', 0.0):.1f} s of CPU",
        "Versions": " · ".join(f"{name} {environment[name]}" for name in _VERSIONS if environment.get(name)),
        "System": environment.get("platform"),
        "Key": result["key"],
    }
    return [(name, str(value)) for name, value in rows.items() if value not in (None, "")]


def _count(items: Iterable[Any], one: str, many: str) -> str:
    number = len(list(items))
    return f"{number} {one if number == 1 else many}"


@cache
def templates() -> Environment:
    """The Jinja environment of every page: everything shown is escaped."""
    # autoescape is on for every template, whatever its file is called.
    environment = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(words=WORDS, cell_words=CELL_WORDS, graded_with=_graded_with)
    filters = {
        "visible": visible, "prose": prose, "short": short, "message": split_message, "percent": _percent,
        "count": _count,
    }  # fmt: skip
    environment.filters.update(filters)
    return environment


__all__ = ["Message", "QuestionView", "checks_html", "feedback_html", "split_message", "write_feedback"]
