"""Run all solution notebooks with `epochs=1`, once by `autograder batch` and once by a shell loop over papermill.

    python benchmarks/batch.py

Both use the same machine one after the other, papermill with its usual kernel and no wall. Prints wall seconds of both
and their ratio; the kit aims at 0.6 or less on two cores. Nothing is asserted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.course import load_course
from autograder.notebook import notebook_text, read_source, solution_notebook

ROOT = Path(__file__).parent.parent
LOOP = 'for notebook in *.ipynb; do papermill "$notebook" "out-$notebook" -p epochs 1 --no-progress-bar || exit 1; done'


def timed(command: list[str], folder: Path) -> float:
    """Wall seconds of a command; what it prints is kept for the case that it fails."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": paths}, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds


def main() -> None:
    """Print the table."""
    course = load_course(ROOT)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, assignment in course.assignments.items():
            notebook = solution_notebook(read_source(assignment.source), assignment)
            (folder / f"{name}.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
        batch = ["autograder", "batch", "solutions", "-p", "epochs", "1", "--out", str(folder / "batch")]
        first = timed(batch, ROOT)
        second = timed(["bash", "-c", LOOP], folder)
    table = Table(title=f"{len(course.assignments)} solution notebooks, epochs=1, {os.cpu_count()} cores")
    for column in ("", "wall seconds"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("autograder batch, behind the wall", f"{first:.1f}")
    table.add_row("a loop over papermill", f"{second:.1f}")
    table.add_row("ratio", f"{first / second:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
