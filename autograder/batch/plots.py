"""Small plots for the batch page: a metric against a grid parameter, as numbers that the template draws in SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 260, 150, 52, 12, 12, 30


@dataclass(frozen=True)
class Point:
    """A value of the parameter: where it stands, its label, and the mean and spread of the metric over other runs."""

    label: str
    x: float
    mean: float
    low: float
    high: float
    count: int
    value: float


@dataclass(frozen=True)
class Series:
    """One plot; places are in units of the SVG, `least` and `most` label its axis."""

    metric: str
    parameter: str
    points: list[Point]
    least: float
    most: float


def series_of(records: Sequence[dict[str, Any]]) -> list[Series]:
    """A plot for each metric and each grid parameter that takes several values, of one notebook's runs.

    Metrics that are the same in all runs are left out.
    """
    finished = [record for record in records if record["metrics"]]
    varied = [name for name, values in _values(finished, "grid").items() if len(values) > 1]
    parameters = [name for name in varied if name != "seed"] or varied  # seeds are what the others are spread over
    metrics = [name for name, values in _values(finished, "metrics").items() if len(values) > 1]
    return [_series(finished, metric, parameter) for parameter in parameters for metric in metrics]


def _values(records: Sequence[dict[str, Any]], part: str) -> dict[str, set[str]]:
    """Name → the different values it has in these records."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record[part].items():
            found.setdefault(name, set()).add(str(value))
    return found


def _series(records: Sequence[dict[str, Any]], metric: str, parameter: str) -> Series:
    groups: dict[str, list[float]] = {}
    for record in records:
        if metric in record["metrics"]:
            groups.setdefault(str(record["grid"].get(parameter)), []).append(record["metrics"][metric])
    values = [value for group in groups.values() for value in group]
    least, most = min(values), max(values)
    room = (most - least) or abs(most) or 1.0

    def height(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - least) / room), 1)

    step = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    points = [
        Point(label[:12], round(LEFT + step * (place + 0.5), 1), height(sum(group) / len(group)),
              height(min(group)), height(max(group)), len(group), sum(group) / len(group))
        for place, (label, group) in enumerate(groups.items())
    ]  # fmt: skip
    return Series(metric, parameter, points, least, most)
