"""Daily prices from a CSV file as rows Open, High, Low, Volume, Close, oldest first; the recipe of the bundled ones.

    >>> series = read_stock(bundled_file("stock.csv").path)
    >>> series.rows.shape
    (800, 5)

Real files come newest first, with comments, with thousands separators, with days missing. All of this is understood and
told in `notes`; what would have to be guessed is refused with the line and the fix.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.errors import DataError

STOCK = "stock.csv"
COLUMNS = ("Open", "High", "Low", "Volume", "Close")
MIN_DAYS = 12  # 70 % of them hold eight: seven for a window, and the next day

_ALIASES = {"close/last": "close"}  # as one large exchange's site names it
_DELIMITERS = ",;\t"
_MISSING = {"", "-", ".", "null", "none", "nan", "na", "n/a", "#n/a"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%b %d, %Y", "%d-%b-%Y")
_LONG_GAP = 5  # days: more than any weekend with a holiday beside it


@dataclass(frozen=True, eq=False)
class StockData:
    """One file: rows float64 (n, 5), oldest first, columns as in COLUMNS; `notes` says in words what was done to it."""

    rows: NDArray[np.float64]
    notes: tuple[str, ...]


@dataclass
class _Table:
    """The file as cells: column names, and each day's line number and cells."""

    path: Path
    names: list[str]
    header_line: int
    days: list[tuple[int, list[str]]]
    delimiter: str
    notes: list[str] = field(default_factory=list)


def load_rows(path: str | Path) -> NDArray[np.float64]:
    """The rows of `read_stock`, float64 (n, 5), oldest first; its notes are printed."""
    data = read_stock(path)
    print(*data.notes, sep="\n")
    return data.rows


def read_stock(path: str | Path) -> StockData:
    """Read a CSV file with the columns Open, High, Low, Volume and Close in any order and case; others are ignored.

    Raises DataError naming the file, the line and the fix: unreadable, not UTF-8, a column missing, text in a number,
    lines of unequal length, dates that repeat, fewer than 12 days.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): name a CSV file with prices.") from error
    table = _split(_text(content, path), path)
    rows, lines, days = _numbers(table)
    if len(rows) < MIN_DAYS:
        last = lines[-1] if lines else table.header_line
        raise DataError(
            f"{path}, line {last}: the file ends after {len(rows)} complete {'day' if len(rows) == 1 else 'days'}, "
            f"too few for windows of seven days and the day after. Fix: give it at least {MIN_DAYS} days."
        )
    order = _order_by_dates(table, days, lines) if days else _order_by_prices(table, rows)
    told = (f"Read {len(rows):,} days from {path.name}: rows of {', '.join(COLUMNS)}, oldest first.", *table.notes)
    return StockData(rows[order], told)


# The text, and its cells ---------------------------------------------------------------------------------------------


def _text(content: bytes, path: Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, line {line}: this is not UTF-8 text. Fix: save the file as CSV in UTF-8.") from None
    if not text.strip():
        raise DataError(f"{path}, line 1: the file is empty. Fix: write {','.join(COLUMNS)}, then the prices.")
    return text


def _split(text: str, path: Path) -> _Table:
    """Find the line with the column names, among the comments if need be, and cut every line below it into cells."""
    lines = list(enumerate(re.split(r"\r\n|\r|\n", text), start=1))
    plain = [(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#")]
    comments = [(number, line.lstrip("# \t")) for number, line in lines if line.lstrip().startswith("#")]
    skipped = "1 comment line was" if len(comments) == 1 else f"{len(comments):,} comment lines were"
    notes = [f"{skipped} skipped."] if comments else []
    number, line = plain[0] if plain else (lines[-1][0], "")
    header = _header(line)
    if header is not None:
        plain = plain[1:]
    else:
        named = [(n, found) for n, comment in comments if (found := _header(comment)) and not _lacking(found[0])]
        if not named:
            raise DataError(
                f"{path}, line {number}: there is no line with the names of the columns above the prices. "
                f"Fix: write {','.join(COLUMNS)} (in the order of your columns) as the first line."
            )
        number, header = named[-1]
        notes.append(f"The columns are named in the comment in line {number}.")
    names, delimiter = header
    _check_columns(names, path, number)
    table = _Table(path, names, number, [], delimiter, notes)
    table.days = [(n, _cells(line, n, table)) for n, line in plain]
    return table


def _header(line: str) -> tuple[list[str], str] | None:
    """Column names in lower case and the delimiter of a line that names at least one of the columns, else None."""
    delimiter = max(_DELIMITERS, key=line.count)
    names = [name.strip().strip("\"'").strip().lower() for name in line.split(delimiter)]
    names = [_ALIASES.get(name, name) for name in names]
    return (names, delimiter) if set(names) & {column.lower() for column in COLUMNS} else None


def _lacking(names: Sequence[str]) -> list[str]:
    return [column for column in COLUMNS if column.lower() not in names]


def _check_columns(names: list[str], path: Path, line: int) -> None:
    missing = _lacking(names)
    if missing:
        found = ", ".join(name or "(no name)" for name in names)
        raise DataError(
            f"{path}, line {line}: the column {' and the column '.join(missing)} is missing; there are: {found}. "
            f"Fix: the file needs {', '.join(COLUMNS)}, in any order."
        )
    for column in (*COLUMNS, "Date"):
        if names.count(column.lower()) > 1:
            raise DataError(f"{path}, line {line}: the column {column} is there twice. Fix: keep one of them.")


def _cells(line: str, number: int, table: _Table) -> list[str]:
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=table.delimiter, skipinitialspace=True))]
    except csv.Error as error:
        raise DataError(f"{table.path}, line {number}: it cannot be read ({error}). Fix: correct the line.") from None
    width = len(table.names)
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        raise DataError(
            f"{table.path}, line {number}: it has {len(cells)} values, and there are {width} columns. "
            'Fix: complete the line; a number with thousands separators must stand in quotes, as in "1,247,700".'
        )
    return cells


# Numbers and dates ---------------------------------------------------------------------------------------------------


def _numbers(table: _Table) -> tuple[NDArray[np.float64], list[int], list[date]]:
    """Rows float64 (n, 5) of the days that are complete, their lines, and their dates when the file has them."""
    places = [table.names.index(column.lower()) for column in COLUMNS]
    rows, lines, texts, missing, grouped = [], [], [], [], 0
    for line, cells in table.days:
        found = [cells[place] for place in places]
        empty = [column for column, cell in zip(COLUMNS, found, strict=True) if cell.lower() in _MISSING]
        given = [(cell, column) for cell, column in zip(found, COLUMNS, strict=True) if column not in empty]
        values = [_number(cell, column, line, table) for cell, column in given]
        if empty:
            missing.append(line)
            continue
        grouped += sum("," in cell for cell in found)
        rows.append(values)
        lines.append(line)
        if "date" in table.names:
            texts.append(cells[table.names.index("date")])
    ignored = [name for name in table.names if name and name not in ("date", *(column.lower() for column in COLUMNS))]
    if ignored:
        table.notes.append(f"Columns that are not used: {', '.join(ignored)}.")
    if grouped:
        table.notes.append(f"{grouped:,} numbers had thousands separators, which were removed.")
    if missing:
        many, were = ("1 day", "was") if len(missing) == 1 else (f"{len(missing):,} days", "were")
        where = f"{'line' if len(missing) == 1 else 'lines'} {_listed(missing)}"
        table.notes.append(f"{many} without a complete set of prices {were} left out ({where}).")
    return np.array(rows, dtype=np.float64).reshape(-1, 5), lines, _dates(texts, lines, table) if texts else []


def _number(cell: str, column: str, line: int, table: _Table) -> float:
    text = cell.removeprefix("$").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    # Beside semicolons a comma may be a decimal one, and 1,234 would be read a thousand times too large.
    if table.delimiter != ";" and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not np.isfinite(value):
        comma = "write a decimal point, and no thousands separators"
        fix = comma if "," in cell else "write a number, or leave it empty"
        raise DataError(f"{table.path}, line {line}: {column} is {cell[:40]!r}, which is no number. Fix: {fix}.")
    return value


def _dates(texts: list[str], lines: list[int], table: _Table) -> list[date]:
    """The dates, in the one format that all of them have; of several such formats the one that sorts them best."""
    read = [found for form in (None, *_DATE_FORMATS) if (found := [_date(text, form) for text in texts])]
    whole = [found for found in read if None not in found]
    if not whole:
        best = max(read, key=lambda found: sum(day is not None for day in found))
        line, text = next((n, t) for n, t, day in zip(lines, texts, best, strict=True) if day is None)
        where = f"{table.path}, line {line}"
        raise DataError(f"{where}: the Date {text[:40]!r} is not understood. Fix: write all dates as 2024-01-31.")
    days = [[day for day in found if day is not None] for found in whole]
    return min(days, key=lambda found: min(_descents(found), _descents(found[::-1])))


def _date(text: str, form: str | None) -> date | None:
    try:
        return (datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)).date()
    except ValueError:
        return None


def _descents(days: list[date]) -> int:
    return sum(later <= earlier for earlier, later in pairwise(days))


# Oldest first --------------------------------------------------------------------------------------------------------


def _order_by_dates(table: _Table, days: list[date], lines: list[int]) -> list[int]:
    order = sorted(range(len(days)), key=lambda row: days[row])
    for first, second in pairwise(order):
        if days[first] == days[second]:
            both = _listed(sorted((lines[first], lines[second])))
            raise DataError(f"{table.path}, lines {both}: both are {days[first]}. Fix: keep one line for each day.")
    if order == list(range(len(days)))[::-1]:
        table.notes.append("The file is newest first by its dates: reversed.")
    elif order != list(range(len(days))):
        table.notes.append("The lines are not in the order of their dates: sorted.")
    gaps = sum((days[second] - days[first]).days > _LONG_GAP for first, second in pairwise(order))
    if gaps:
        many = f"{gaps} {'gap' if gaps == 1 else 'gaps'} of more than {_LONG_GAP} days between dates"
        table.notes.append(f"{many}: nothing is filled in, the days on both sides count as neighbours.")
    return order


def _order_by_prices(table: _Table, rows: NDArray[np.float64]) -> list[int]:
    """Without dates: a day opens near the last close before it, and further from the close of the day after."""
    opens, closes = rows[:, 0], rows[:, 4]
    forward = float(np.median(np.abs(opens[1:] - closes[:-1])))
    backward = float(np.median(np.abs(opens[:-1] - closes[1:])))
    order = list(range(len(rows)))
    told = "each day opens near the close of the line"
    if backward < 0.9 * forward:
        table.notes.append(f"There are no dates, and {told} below it: the file is newest first, and was reversed.")
        return order[::-1]
    if forward < 0.9 * backward:
        table.notes.append(f"There are no dates, and {told} above it: the file is oldest first.")
    else:
        table.notes.append("There are no dates, and the prices do not tell: the file is taken to be oldest first.")
    return order


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5:,} more"


# The bundled series --------------------------------------------------------------------------------------------------


def synthetic_rows(days: int, seed: int) -> NDArray[np.float64]:
    """Made-up prices (days, 5) in which tomorrow is half predictable: log close = a damped 16-day swing + a slow drift.

    The swing is an AR(2) process of period 16 and damping 0.97, with innovations of 0.005: yesterday's move goes on.
    The drift is an AR(1) process of 0.99 with innovations of 0.003: hardly predictable. Prices have two decimals.
    """
    random = np.random.RandomState(seed)  # its stream is frozen: the same numbers with every numpy
    burn_in = 200
    swing, drift = 0.005 * random.randn(burn_in + days), 0.003 * random.randn(burn_in + days)
    for day in range(1, burn_in + days):
        before_that = swing[day - 2] if day > 1 else 0.0
        swing[day] += 2 * 0.97 * np.cos(2 * np.pi / 16) * swing[day - 1] - 0.97**2 * before_that
        drift[day] += 0.99 * drift[day - 1]
    closes = 100 * np.exp(swing + drift)
    before, close = closes[burn_in - 1 : -1], closes[burn_in:]
    opening = before * np.exp(0.002 * random.randn(days))
    high = np.maximum(opening, close) * np.exp(0.004 * np.abs(random.randn(days)))
    low = np.minimum(opening, close) * np.exp(-0.004 * np.abs(random.randn(days)))
    volume = 1.5e6 * np.exp(0.25 * random.randn(days) + 12 * np.abs(np.log(close / before)))
    prices = np.column_stack([opening, high, low, volume, close]).round(2)
    prices[:, 3] = prices[:, 3].round()
    return prices
