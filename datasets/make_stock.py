"""Make `stock.csv`, 800 days of made-up prices, byte for byte the same every time.

Needs the kit installed: the recipe is `synthetic_rows` in autograder/data/stock.py. `python datasets/make_stock.py`
writes stock.csv beside this file and sets its line in SHA256SUMS.
"""

import argparse
import hashlib
from pathlib import Path

from autograder.data.stock import COLUMNS, STOCK, synthetic_rows

HERE = Path(__file__).parent
DAYS, SEED = 800, 5
HEAD = (
    "# Synthetic daily prices, oldest first: no company, no dates, no real market. Made by make_stock.py.",
    ",".join(COLUMNS),
)


def write_series(days: int = DAYS, seed: int = SEED) -> bytes:
    """Return the CSV file: prices with two decimals, as exchanges quote them; whole shares."""
    # Two decimals also hide the last bits of exp, which machines do not agree on.
    rows = synthetic_rows(days, seed)
    lines = [f"{row[0]:.2f},{row[1]:.2f},{row[2]:.2f},{row[3]:.0f},{row[4]:.2f}" for row in rows]
    return "\n".join([*HEAD, *lines, ""]).encode()


def note_checksum(sums: Path, name: str, content: bytes) -> None:
    """Set the line of file `name` in `sums` to the SHA-256 of `content`; the other lines stay."""
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
    kept = [line for line in lines if line.strip() and line.split(maxsplit=1)[1:] != [name]]
    kept.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
    kept.sort(key=lambda line: line.split(maxsplit=1)[1])
    sums.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Write the file and its checksum."""
    parser = argparse.ArgumentParser(description="Make stock.csv, 800 days of made-up prices.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to write (default: beside this file)")
    folder = parser.parse_args().folder
    content = write_series()
    (folder / STOCK).write_bytes(content)
    note_checksum(folder / "SHA256SUMS", STOCK, content)
    print(f"{folder / STOCK}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
