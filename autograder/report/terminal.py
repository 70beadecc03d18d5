"""For people at a terminal (and in a notebook): a student's checks, a class's grades, the bar of long work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from autograder.course import Assignment
from autograder.grading.context import ERROR, MISSING, PASSED, TIMEOUT, Check
from autograder.report.words import CELL_WORDS, visible
from autograder.text import plain

FAILED_SIGN = ("✗", "red")
# One column wide in every terminal, which ⏱ and ⚠ are not.
SIGNS = {PASSED: ("✓", "green"), MISSING: ("○", "yellow"), ERROR: ("!", "magenta")}
NARROW = 70  # columns below which a table of three would leave the reasons no room


def progress_bar(console: Console) -> Progress:
    """Return the one bar of long work: what is under way, how many of how many, the time; none where no terminal is."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def print_checks(
    checks: Sequence[Check],
    lesson: Assignment,
    question: str | None = None,
    console: Console | None = None,
    remarks: Sequence[str] = (),
) -> None:
    """Show each public check with its sign, and for those that did not pass the reason and what to try."""
    console = console or Console()
    asked = [question] if question else list(lesson.questions)
    rows = [(name, [check for check in checks if check.question == name]) for name in asked]
    title = f"{lesson.name}: public checks"
    console.print(_stacked(title, rows, lesson) if console.width < NARROW else _table(title, rows, lesson))
    for remark in remarks:
        console.print(Text(f"Note: {plain(remark, 3)}", style="yellow"))
    earned = sum(_earned(mine, lesson.questions[name].points) for name, mine in rows)
    console.print(_closing(checks, earned, sum(lesson.questions[name].points for name in asked)))


def _table(title: str, rows: Sequence[tuple[str, list[Check]]], lesson: Assignment) -> Table:
    table = Table(title=Text(title), title_justify="left", show_lines=True)
    table.add_column("Question", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Checks", overflow="fold")
    for name, mine in rows:
        table.add_row(_label(name, mine), _points(mine, lesson.questions[name].points), _reasons(mine))
    return table


def _stacked(title: str, rows: Sequence[tuple[str, list[Check]]], lesson: Assignment) -> Group:
    """The same for narrow places: the checks below their question."""
    parts: list[RenderableType] = [Text(title, style="bold")]
    for name, mine in rows:
        parts.append(_label(name, mine).append(f"  {_points(mine, lesson.questions[name].points)}", style="bold"))
        parts.append(Padding(_reasons(mine), (0, 0, 0, 2)))
    return Group(*parts)


def _label(name: str, checks: Sequence[Check]) -> Text:
    sign, style = ("·", "dim") if not checks else SIGNS[PASSED] if _share(checks) == 1 else FAILED_SIGN
    return Text(f"{sign} {name}", style=style)


def _share(checks: Sequence[Check]) -> float:
    total = sum(check.weight for check in checks)
    return sum(check.weight for check in checks if check.outcome == PASSED) / total if total else 0.0


def _earned(checks: Sequence[Check], points: float) -> float:
    return _share(checks) * points


def _points(checks: Sequence[Check], points: float) -> str:
    return f"{_number(_earned(checks, points)) if checks else '–'} / {_number(points)}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _reasons(checks: Sequence[Check]) -> RenderableType:
    if not checks:
        return Text("graded by hidden checks only", style="dim")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in checks:
        sign, style = SIGNS.get(check.outcome, FAILED_SIGN)
        grid.add_row(Text(sign, style=style), _reason(check, style))
    return grid


def _reason(check: Check, style: str) -> Text:
    text = Text(check.title)
    if check.outcome == PASSED:
        return text
    if check.tried:
        text.append(f"\nTried: {check.tried}", style="dim")
    text.append(f"\n{check.message}", style=style)
    if check.outcome == ERROR and check.defect:
        text.append(f"\n{plain(check.defect.strip().splitlines()[-1], 1)}", style=style)
    if check.hint:
        text.append(f"\nTry: {check.hint}", style="cyan")
    return text


def _closing(checks: Sequence[Check], earned: float, total: float) -> Text:
    if not checks:
        return Text("There is no public check of this: hidden checks decide the grade.")
    failed = sum(check.outcome != PASSED for check in checks)
    if not failed:
        return Text("All public checks passed. Hidden checks with other inputs decide the grade.", style="green")
    of = f"{failed} of {len(checks)} public checks" if len(checks) > 1 else "The public check"
    return Text(f"{of} did not pass: {_number(earned)} of {_number(total)} points so far.")


def grades_table(results: Sequence[dict[str, Any]], title: str) -> Table:
    """One row per submission: total and each question's points, and what stood in the way."""
    names = {result["assignment"] for result in results}
    several = len(names) > 1  # one alone stands in the title, and leaves the remarks more room
    table = Table(title=Text(title if several else " · ".join([title, *names])), title_justify="left")
    table.add_column("Student", overflow="fold")
    if several:
        table.add_column("Assignment", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Questions lost", overflow="fold")
    table.add_column("Remarks", overflow="fold")
    for result in results:
        student = Text(plain(visible(result["student"]), 1))
        rest = (_total(result), Text(_lost(result)), Text(_remark(result)))
        table.add_row(student, *([result["assignment"]] if several else []), *rest)
    return table


def _total(result: dict[str, Any]) -> Text:
    full = _number(result["max_points"])
    if result["status"] == "error":
        return Text(f"? / {full}", style="magenta")
    style = "green" if result["points"] == result["max_points"] else "" if result["points"] else "red"
    return Text(f"{_number(result['points'])} / {full}", style=style)


def _lost(result: dict[str, Any]) -> str:
    if result["status"] != "graded":
        return "all" if result["status"] == "unreadable" else "not graded"
    lost = [
        f"{name} −{_number(question['max_points'] - question['points'])}"
        for name, question in result["questions"].items()
        if question["points"] < question["max_points"]
    ]
    return "all" if lost and not result["points"] else ", ".join(lost)


def _remark(result: dict[str, Any]) -> str:
    if result["problem"]:
        return "see below"
    words = []
    for word, meaning in ((TIMEOUT, "out of time"), (MISSING, "not answered")):
        count = sum(check["outcome"] == word for check in result["checks"])
        if count:
            words.append(f"{count} checks {meaning}" if count > 1 else f"1 check {meaning}")
    bad = [cell for cell in result["cells"] if cell["outcome"] != "ok"]
    if bad:
        place = plain(bad[0]["label"].partition(", under")[0], 1)
        rest = f" (and {len(bad) - 1} more)" if bad[1:] else ""
        words.append(f"{place} {CELL_WORDS[bad[0]['outcome']].word}{rest}")
    return "; ".join(words)
