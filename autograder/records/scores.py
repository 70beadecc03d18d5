"""Points as every record states them: one place decides, so CSV, gradebook, notebook and page never differ."""

from __future__ import annotations

from autograder.records.results import Result


def question_points(result: Result, question: str) -> float | None:
    """Return the points of `question`, within 0 and its maximum, or None where the kit failed and a person must decide.

    A submission that could not be read has 0 points for every question.
    """
    if question in ungraded_questions(result):
        return None
    entry = result["questions"].get(question)
    if entry is None:
        return 0.0 if result.get("status") == "unreadable" else None
    # Sums of weights can end a last digit above the maximum, which nbgrader answers by failing the whole submission.
    return float(min(max(entry["points"], 0.0), entry["max_points"]))


def ungraded_questions(result: Result) -> frozenset[str]:
    """Return the questions whose points are not final because a check ended in an error of ours."""
    broken = frozenset(check["question"] for check in result["checks"] if check["outcome"] == "error")
    if result.get("status") == "error" and not broken:
        return frozenset(result["questions"])
    return broken


def number(points: float) -> str:
    """Write a number so that reading it gives the same float again: 3 -> "3", 0.75 -> "0.75"."""
    return str(int(points)) if float(points).is_integer() else repr(float(points))
