"""What a batch shows: metrics.csv, index.html with its plots, a table in the terminal, executed notebooks as pages."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.batch.plots import Series, series_of
from autograder.batch.store import Store
from autograder.records.grades_csv import safe_cell
from autograder.report.feedback import templates
from autograder.report.notebook_page import POLICY
from autograder.report.words import visible
from autograder.text import plain

Record = dict[str, Any]
SCRIPT = """
for (const head of document.querySelectorAll("th[data-sort]")) head.addEventListener("click", () => {
  const table = head.closest("table"), body = table.tBodies[0], at = head.cellIndex, up = head.ariaSort !== "ascending";
  const value = row => row.cells[at].dataset.value ?? row.cells[at].textContent;
  const order = (a, b) => a === "" ? 1 : b === "" ? -1 : isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
  for (const other of table.querySelectorAll("th")) other.ariaSort = "none";
  head.ariaSort = up ? "ascending" : "descending";
  [...body.rows].sort((a, b) => (up ? 1 : -1) * order(value(a), value(b))).forEach(row => body.append(row));
});
"""


@dataclass(frozen=True)
class Columns:
    """The names that head a table of records: parameters that differ or were set, and metrics."""

    parameters: list[str]
    metrics: list[str]


def columns_of(records: Sequence[Record]) -> Columns:
    """The names in the order they come in."""
    parameters = dict.fromkeys(name for record in records for name in record["parameters"])
    metrics = dict.fromkeys(name for record in records for name in record["metrics"])
    return Columns(list(parameters), list(metrics))


def write_pages(store: Store, records: Sequence[Record]) -> None:
    """Write metrics.csv and index.html for these records."""
    columns = columns_of(records)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    header = ["target", *columns.parameters, "status", "duration", *columns.metrics, "problem"]
    writer.writerow([safe_cell(cell) for cell in header])
    for record in records:
        writer.writerow([_csv(cell) for cell in _row(record, columns)])
    store.write("metrics.csv", "\ufeff" + text.getvalue())
    store.write("index.html", _index(records, columns))


def _row(record: Record, columns: Columns) -> list[Any]:
    parameters = [record["parameters"].get(name, "") for name in columns.parameters]
    metrics = [record["metrics"].get(name, "") for name in columns.metrics]
    duration = "" if record["duration"] is None else record["duration"]
    return [record["target"], *parameters, record["status"], duration, *metrics, record["problem"]]


def _csv(value: Any) -> str:
    return repr(value) if isinstance(value, int | float) else safe_cell(str(value))


def _index(records: Sequence[Record], columns: Columns) -> str:
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    page = templates().get_template("batch.html.j2")
    return page.render(
        policy=f"{POLICY}; script-src 'sha256-{digest}'",
        script=SCRIPT,
        columns=columns,
        records=[{**record, "link": _link(record)} for record in records],
        done=sum(record["status"] == "done" for record in records),
        plots=_plots(records),
        number=number_text,
    )


def _link(record: Record) -> str:
    from autograder.batch.plan import Run, Target

    run = Run(Target(record["target"], record["source"]), record["parameters"], record["grid"])
    return quote(f"{run.name}.html")


def _plots(records: Sequence[Record]) -> list[tuple[str, list[Series]]]:
    targets = dict.fromkeys(record["target"] for record in records)
    found = [(target, series_of([r for r in records if r["target"] == target])) for target in targets]
    return [(target, series) for target, series in found if series]


def number_text(value: Any) -> str:
    """A value as a table shows it: four digits of a number that is no whole one."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.4g}"
    return "" if value is None else visible(str(value))


def print_table(console: Console, records: Sequence[Record]) -> None:
    """Print one line per run, and why those failed that did."""
    names = [name for name in columns_of(records).parameters if any(name in record["grid"] for record in records)]
    table = Table(title="Runs", title_justify="left")
    for name in ("", "Notebook", *names, "Seconds", "Metrics"):
        table.add_column(plain(name, 1), justify="right" if name == "Seconds" else "left")
    for record in records:
        sign = "[green]✓[/]" if record["status"] == "done" else "[red]✗[/]"
        metrics = " · ".join(f"{name} {number_text(value)}" for name, value in record["metrics"].items())
        cells = [record["target"], *(record["grid"].get(name) for name in names), record["duration"], metrics]
        table.add_row(sign, *(escape(plain(number_text(cell), 1)) for cell in cells))
    console.print(table)
    for record in records:
        if record["status"] != "done":
            words = f"{record['target']}, {_shown(record['grid'])}{record['problem']}"
            console.print(plain(words, 3), style="red", markup=False, highlight=False)


def _shown(grid: dict[str, Any]) -> str:
    return "".join(f"{name} {value}, " for name, value in grid.items())
