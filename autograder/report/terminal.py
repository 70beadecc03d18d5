"""Tables for people at a terminal (and in a notebook): a student's checks, a class's grades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.course import Assignment
from autograder.grading.context import PASSED, Check
from autograder.text import plain

SIGNS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "timeout": ("⏱", "red"), "missing": ("○", "yellow")}
BROKEN = ("⚠", "magenta")


def print_checks(
    checks: Sequence[Check], lesson: Assignment, question: str | None = None, console: Console | None = None
) -> None:
    """Show each public check with its sign, and for those that failed the reason and what to try."""
    console = console or Console()
    asked = [question] if question else list(lesson.questions)
    table = Table(title=f"{lesson.name}: public checks", title_justify="left", show_lines=True, expand=False)
    table.add_column("Question", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Checks", overflow="fold")
    earned = 0.0
    for name in asked:
        mine = [check for check in checks if check.question == name]
        points = lesson.questions[name].points
        mark = _share(mine) * points
        earned += mark
        sign, colour = SIGNS[PASSED] if mine and _share(mine) == 1 else SIGNS["failed"]
        if not mine:
            sign, colour = "·", "dim"
        label = f"{_number(mark)} / {_number(points)}" if mine else f"– / {_number(points)}"
        table.add_row(Text(f"{sign} {name}", style=colour), label, _reasons(mine))
    console.print(table)
    total = sum(lesson.questions[name].points for name in asked)
    console.print(_closing(checks, earned, total))


def _share(checks: Sequence[Check]) -> float:
    total = sum(check.weight for check in checks)
    return sum(check.weight for check in checks if check.outcome == PASSED) / total if total else 0.0


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _reasons(checks: Sequence[Check]) -> Text:
    text = Text()
    if not checks:
        return Text("graded by hidden checks only", style="dim")
    for check in checks:
        sign, colour = SIGNS.get(check.outcome, BROKEN)
        text.append(f"{sign} ", style=colour).append(f"{check.title}\n")
        if check.outcome != PASSED:
            if check.tried:
                text.append(f"  {check.tried}\n", style="dim")
            for line in check.message.splitlines():
                text.append(f"  {line}\n", style=colour)
            if check.hint:
                text.append(f"  Try: {check.hint}\n", style="cyan")
    text.rstrip()
    return text


def _closing(checks: Sequence[Check], earned: float, total: float) -> Text:
    if all(check.outcome == PASSED for check in checks):
        return Text("All public checks passed. Hidden checks with other inputs decide the grade.", style="green")
    failed = sum(check.outcome != PASSED for check in checks)
    return Text(f"{failed} of {len(checks)} public checks did not pass: {_number(earned)} of {_number(total)} points so far.")


def grades_table(results: Sequence[dict[str, Any]], title: str) -> Table:
    """One row per submission: total and each question's points, and what stood in the way."""
    table = Table(title=title, title_justify="left")
    table.add_column("Student", overflow="fold")
    table.add_column("Assignment", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Questions lost", overflow="fold")
    table.add_column("Remarks", overflow="fold")
    for result in results:
        points = f"{_number(result['points'])} / {_number(result['max_points'])}"
        style = "green" if result["points"] == result["max_points"] else "" if result["points"] else "red"
        table.add_row(
            Text(plain(result["student"], 1)),
            result["assignment"],
            Text(points, style=style),
            Text(_lost(result)),
            Text(_remark(result)),
        )
    return table


def _lost(result: dict[str, Any]) -> str:
    if result["status"] == "unreadable":
        return "all"
    lost = [
        f"{name} −{_number(question['max_points'] - question['points'])}"
        for name, question in result["questions"].items()
        if question["points"] < question["max_points"]
    ]
    return "all" if lost and not result["points"] else ", ".join(lost)


def _remark(result: dict[str, Any]) -> str:
    if result["problem"]:
        return plain(result["problem"], 3)
    words = []
    for word, meaning in (("timeout", "ran out of time"), ("missing", "not answered"), ("error", "our error")):
        count = sum(check["outcome"] == word for check in result["checks"])
        if count:
            words.append(f"{count} checks {meaning}" if count > 1 else f"1 check {meaning}")
    bad = [cell for cell in result["cells"] if cell["outcome"] != "ok"]
    words += [plain(f"{bad[0]['label']} {bad[0]['outcome']}", 1)] if bad else []
    return "; ".join(words)
