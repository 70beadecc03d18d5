"""Daily prices: real files as they come, bad ones refused with line and fix, and the bundled series."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.data import bundled_file
from autograder.data.stock import COLUMNS, MIN_DAYS, load_rows, read_stock, synthetic_rows
from autograder.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("AUTOGRADER_DATA", "/nowhere")) / "stock" / "google_daily.csv"
HEADER = "Open,High,Low,Volume,Close"


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def write(content, name="prices.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def days(count=14, start=100.0):
    """Rows (count, 5) of rising prices in which each day opens near the close before it."""
    close = start + np.arange(count)
    opening = close - 0.9
    return np.column_stack([opening, close + 0.5, opening - 0.5, 1000.0 + np.arange(count), close])


def text(rows, header=HEADER):
    return "\n".join([header, *(",".join(f"{value:g}" for value in row) for row in rows)]) + "\n"


def note(data, words):
    return any(words in line for line in data.notes)


# Files as they come ------------------------------------------------------------------------------------------------


def test_plain_file(write):
    data = read_stock(write(text(days())))
    assert data.rows.dtype == np.float64
    assert np.array_equal(data.rows, days())
    assert data.notes[0] == "Read 14 days from prices.csv: rows of Open, High, Low, Volume, Close, oldest first."
    assert note(data, "each day opens near the close of the line above it: the file is oldest first")


def test_load_rows_prints_what_it_did(write, capsys):
    assert np.array_equal(load_rows(str(write(text(days())))), days())
    assert capsys.readouterr().out.startswith("Read 14 days from prices.csv")


def test_newest_first_without_dates_is_told_from_the_prices(write):
    data = read_stock(write(text(days()[::-1])))
    assert np.array_equal(data.rows, days())
    assert note(data, "the file is newest first, and was reversed")


def test_order_that_prices_do_not_tell_stays_and_is_said(write):
    data = read_stock(write(text(np.tile(days()[:1], (12, 1)))))
    assert note(data, "the prices do not tell: the file is taken to be oldest first")


def test_columns_in_any_order_and_case(write):
    lines = [f"{c:g},x,{v:g},{o:g},{low:g},{h:g}" for o, h, low, v, c in days()]
    data = read_stock(write("\n".join(["CLOSE,Adj Close, volume ,open,Low,HIGH", *lines])))
    assert np.array_equal(data.rows, days())
    assert note(data, "Columns that are not used: adj close.")


def test_comments_blank_lines_and_a_header_in_a_comment(write):
    content = "# from somewhere\n# " + text(days()).replace("\n", "\n\n", 3) + "# the end\n"
    data = read_stock(write(content))
    assert np.array_equal(data.rows, days())
    assert note(data, "3 comment lines were skipped.")
    assert note(data, "The columns are named in the comment in line 2.")


def test_thousands_separators(write):
    lines = [f'{o:g},{h:g},{low:g},"{1_000_000 + v:,.0f}","${c + 1000:,.2f}"' for o, h, low, v, c in days()]
    data = read_stock(write("\n".join([HEADER, *lines])))
    assert np.array_equal(data.rows[:, 3], 1_000_000 + days()[:, 3])
    assert np.array_equal(data.rows[:, 4], 1000 + days()[:, 4])
    assert note(data, "28 numbers had thousands separators, which were removed.")


def test_missing_days_are_left_out_and_named(write):
    lines = text(days(16)).splitlines()
    lines[3] = "101,null,100,1001,"
    lines[7] = ",,,,"
    data = read_stock(write("\n".join(lines)))
    assert np.array_equal(data.rows, np.delete(days(16), [2, 6], axis=0))
    assert note(data, "2 days without a complete set of prices were left out (lines 4, 8).")


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d 00:00:00-05:00", "%b %d, %Y", "%d-%b-%Y", "%Y%m%d"],
)
def test_newest_first_by_dates(write, form):
    stamps = (np.datetime64("2023-12-25") + np.arange(14)).tolist()
    lines = [
        f'"{day.strftime(form)}",' + ",".join(f"{value:g}" for value in row)
        for day, row in zip(stamps, days(), strict=True)
    ]
    data = read_stock(write("\n".join(["Date," + HEADER, *lines[::-1]])))
    assert np.array_equal(data.rows, days())
    assert note(data, "The file is newest first by its dates: reversed.")


def test_dates_in_disorder_are_sorted_and_gaps_told(write):
    stamps = np.datetime64("2024-01-01") + np.arange(14) + 10 * (np.arange(14) > 6)
    lines = [f"{day}," + ",".join(f"{value:g}" for value in row) for day, row in zip(stamps, days(), strict=True)]
    lines[2], lines[9] = lines[9], lines[2]
    data = read_stock(write("\n".join(["date," + HEADER, *lines])))
    assert np.array_equal(data.rows, days())
    assert note(data, "not in the order of their dates: sorted")
    assert note(data, "1 gap of more than 5 days between dates")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_line_ends_and_a_byte_order_mark(write, delimiter):
    content = text(days()).replace(",", delimiter).replace("\n", "\r\n")
    assert np.array_equal(read_stock(write(b"\xef\xbb\xbf" + content.encode())).rows, days())


def test_exchange_file_with_dollars_and_close_last(write):
    lines = [
        f"01/{27 - n:02}/2024,${row[4]:g},{row[3]:g},${row[0]:g},${row[1]:g},${row[2]:g}"
        for n, row in enumerate(days()[::-1])
    ]
    data = read_stock(write("\n".join(["Date,Close/Last,Volume,Open,High,Low", *lines])))
    assert np.array_equal(data.rows, days())


@pytest.mark.skipif(not REAL.is_file(), reason="AUTOGRADER_DATA has no stock/google_daily.csv")
def test_real_series():
    data = read_stock(REAL)
    assert data.rows.shape == (732, 5)
    assert data.rows[0, 4] == 558.462551
    assert data.rows[-1].tolist() == [828.659973, 833.450012, 828.349976, 1247700.0, 831.659973]
    assert note(data, "2 comment lines were skipped.")
    assert note(data, "newest first, and was reversed")
    returns = np.diff(np.log(data.rows[:, 4]))
    assert abs(np.corrcoef(returns[1:], returns[:-1])[0, 1]) < 0.1


# Bad files ---------------------------------------------------------------------------------------------------------


def refused(path, *words):
    with pytest.raises(DataError) as error:
        read_stock(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert len(message) - len(str(path)) < 260
    for word in words:
        assert word in message
    return message


def test_missing_column(write):
    lines = [",".join(f"{value:g}" for value in row[:4]) for row in days()]
    message = refused(write("\n".join(["Open,High,Low,Close", *lines])), "line 1", "the column Volume is missing")
    assert "there are: open, high, low, close" in message
    assert "Fix: the file needs Open, High, Low, Volume, Close" in message


def test_column_twice(write):
    refused(write(text(days()).replace("Low", "Close")), "line 1", "the column Low is missing")
    lines = text(days(), HEADER + ",Close").replace("\n1", "\n1", 1)
    refused(write(lines), "line 1", "the column Close is there twice", "Fix: keep one")


def test_no_header(write):
    refused(
        write(text(days()).partition("\n")[2]), "line 1", "no line with the names of the columns", f"write {HEADER}"
    )


@pytest.mark.parametrize(
    ("cell", "fix"),
    [("abc", "write a number"), ("inf", "write a number"), ("1_000", "write a number"), ("1e999", "write a number")],
)
def test_text_in_a_number(write, cell, fix):
    lines = text(days()).splitlines()
    lines[5] = f"104,105,103,{cell},104"
    refused(write("\n".join(lines)), f"line 6: Volume is {cell!r}, which is no number", fix)


@pytest.mark.parametrize(("delimiter", "cell"), [(",", '"104,5"'), (";", "104,5"), (";", "1,045")])
def test_decimal_comma_is_refused_not_guessed(write, delimiter, cell):
    lines = text(days()).replace(",", delimiter).splitlines()
    lines[2] = delimiter.join(["101", "102", "100", "1001", cell])
    refused(write("\n".join(lines)), "line 3: Close is", "write a decimal point")


def test_unquoted_thousands_separator(write):
    lines = text(days()).splitlines()
    lines[4] = "103,104,102,1,003,103"
    refused(write("\n".join(lines)), "line 5: it has 6 values, and there are 5 columns", "must stand in quotes")


def test_line_cut_off(write):
    lines = text(days()).splitlines()
    lines[-1] = "113,114"
    refused(write("\n".join(lines)), "line 15: it has 2 values", "Fix: complete the line")


def test_five_rows(write):
    refused(write(text(days(5))), "line 6: the file ends after 5 complete days", f"at least {MIN_DAYS} days")


def test_fewest_rows_make_one_training_window(write):
    assert len(read_stock(write(text(days(MIN_DAYS)))).rows) == MIN_DAYS
    assert int(0.7 * MIN_DAYS) == 8
    refused(write(text(days(MIN_DAYS - 1))), "11 complete days")


def test_header_alone(write):
    refused(write(HEADER + "\n"), "line 1: the file ends after 0 complete days")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_empty_file(write, content):
    refused(write(content), "line 1: the file is empty", f"write {HEADER}")


def test_comments_alone(write):
    refused(write("# nothing\n# here\n"), "no line with the names of the columns")


def test_other_encoding_names_the_line(write):
    refused(write(text(days()).encode() + "Börse\n".encode("latin-1")), "line 16: this is not UTF-8 text", "Fix: save")
    refused(write(text(days()).encode("utf-16")), "line 1: this is not UTF-8 text")


def test_repeated_date_names_both_lines(write):
    lines = [f"2024-01-{n + 1:02}," + ",".join(f"{value:g}" for value in row) for n, row in enumerate(days())]
    lines[6] = "2024-01-03" + lines[6][10:]
    refused(write("\n".join(["Date," + HEADER, *lines])), "lines 4, 8: both are 2024-01-03", "Fix: keep one line")


def test_unknown_date_names_the_line(write):
    lines = [f"2024-01-{n + 1:02}," + ",".join(f"{value:g}" for value in row) for n, row in enumerate(days())]
    lines[6] = "yesterday" + lines[6][10:]
    refused(
        write("\n".join(["Date," + HEADER, *lines])), "line 8: the Date 'yesterday' is not understood", "2024-01-31"
    )


def test_file_that_is_not_there(tmp_path):
    refused(tmp_path / "prices.csv", "cannot be read (No such file", "name a CSV file")
    refused(tmp_path, "cannot be read (Is a directory")


# The bundled series ------------------------------------------------------------------------------------------------


@pytest.fixture
def maker():
    spec = importlib.util.spec_from_file_location("make_stock", ROOT / "datasets" / "make_stock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_bundled_series_is_as_its_card_says():
    rows = read_stock(bundled_file("stock.csv").path).rows
    assert rows.shape == (800, 5)
    opening, high, low, volume, close = rows.T
    assert ((low <= opening) & (opening <= high) & (low <= close) & (close <= high)).all()
    assert (volume > 0).all()
    returns = np.diff(np.log(close))
    assert np.corrcoef(returns[1:], returns[:-1])[0, 1] == pytest.approx(0.85, abs=0.005)


def test_script_makes_the_shipped_bytes(maker):
    assert maker.write_series() == (ROOT / "datasets" / "stock.csv").read_bytes()


def test_script_writes_file_and_checksum(tmp_path):
    shutil.copyfile(ROOT / "datasets" / "SHA256SUMS", tmp_path / "SHA256SUMS")
    script = [sys.executable, str(ROOT / "datasets" / "make_stock.py"), str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    for name in ("stock.csv", "SHA256SUMS"):
        assert (tmp_path / name).read_bytes() == (ROOT / "datasets" / name).read_bytes()


def test_file_is_small_ascii_and_says_what_it_is():
    content = bundled_file("stock.csv").content
    assert len(content) < 40_000
    assert content.decode("ascii").startswith("# Synthetic daily prices")
    assert content.splitlines()[1].decode() == ",".join(COLUMNS)
    assert all(re.fullmatch(rb"(\d+\.\d\d,){3}\d+,\d+\.\d\d", line) for line in content.splitlines()[2:])


def test_recipe_is_predictable_only_in_part():
    """Knowing the swing and the drift leaves over a third of persistence's error: the innovations."""
    rows = synthetic_rows(4000, 1)
    close = np.log(rows[:, 4])
    assert np.array_equal(rows, synthetic_rows(4000, 1))
    assert not np.array_equal(rows, synthetic_rows(4000, 2))
    lags = np.column_stack([close[k : len(close) - 4 + k] for k in range(4)] + [np.ones(len(close) - 4)])
    target = close[4:]
    left = target - lags @ np.linalg.lstsq(lags, target, rcond=None)[0]
    ratio = left.std() / np.diff(close).std()
    assert 0.35 < ratio < 0.6
