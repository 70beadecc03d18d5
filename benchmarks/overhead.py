"""What grading adds to a submission's own computing, and how much memory a slot holds.

Run it with `make bench`. Grades the reference of im2col (every check) and of mnist_mlp (every check that does not
train) behind the wall, again and again in one slot, and prints CPU seconds per submission beyond the student's own
code: both sides of the wall, fork, namespaces, loading, checks, results. `--peers` also times nbgrader's autograde of
a one-cell notebook on the same machine. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.classroom import Records
from autograder.course import load_course
from autograder.grading.job import Conditions, Job
from autograder.grading.slot import Slot
from autograder.sandbox.usage import descendants, precise_cpu
from autograder.verify import cases_of

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peers", action="store_true", help="also time nbgrader on the same machine")
    arguments = parser.parse_args()
    table = Table(title=f"Grading overhead, {arguments.runs} runs after 2 of warm-up, {os.cpu_count()} cores")
    for column in ("Submission", "Checks", "CPU s added: median", "min", "max", "student's CPU s", "wall s"):
        table.add_column(column, justify="left" if column == "Submission" else "right")
    course = load_course(ROOT)
    slot = Slot(Conditions(str(ROOT), trainings=False, seed=course.seed))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("im2col", "mnist_mlp"):
            if name in course.assignments:
                table.add_row(name, *measure(slot, name, Path(folder), arguments.runs))
        memory = pss([os.getpid(), *descendants(os.getpid())])
        starts = slot.starts
        slot.close()
        if arguments.peers:
            table.add_row("nbgrader autograde, one cell", *measure_nbgrader(Path(folder)))
    console = Console()
    console.print(table)
    console.print(
        f"Memory of the slot (both processes and the wall, shared pages counted once): {memory / 2**20:.0f} MiB"
    )
    console.print(f"The warm process was started {starts} time(s).")


def measure(slot: Slot, name: str, folder: Path, runs: int) -> list[str]:
    """One row: CPU seconds per submission beyond the student's own code."""
    assignment = slot.course.assignments[name]
    case = next(case for case in cases_of(assignment, folder) if case.name == "reference")
    records = Records(slot.course, folder / "out", slot.conditions)
    added, own, clock = [], [], []
    for number in range(runs + 2):
        job = Job("student", name, str(case.path))
        before, start = cpu_here(slot), time.perf_counter()
        result = slot.grade(job)
        records.finish(job, result)
        spent, took = cpu_here(slot) - before + result["cpu_seconds"], time.perf_counter() - start
        if number >= 2:
            added.append(spent - result["student_seconds"])
            own.append(result["student_seconds"])
            clock.append(took)
    assert result["points"] > 0, result["problem"]
    figures = [statistics.median(added), min(added), max(added), statistics.median(own), statistics.median(clock)]
    return [str(len(result["checks"])), *(f"{figure:.3f}" for figure in figures)]


def cpu_here(slot: Slot) -> float:
    """CPU seconds of the trusted process and of the warm one (fork and reaping); the children are in the result."""
    warm = precise_cpu([slot.warm_pid]) if slot.warm_pid else 0.0
    return time.process_time() + warm


def pss(pids: list[int]) -> int:
    """Proportional memory of processes in bytes: a page shared by two counts half for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # ended, not yet reaped
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def measure_nbgrader(folder: Path) -> list[str]:
    """nbgrader's own autograde of a notebook with one trivial cell: CPU time of all its processes."""
    course = folder / "peer"
    cell = {"cell_type": "code", "id": "a", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for place in (course / "source/a", course / "submitted/s/a"):
        place.mkdir(parents=True)
        (place / "a.ipynb").write_text(json.dumps(notebook))
    run = [sys.executable, "-m", "nbgrader"]
    quiet = {"cwd": course, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*run, "generate_assignment", "a", "--force"], check=True, **quiet)
    return timed(lambda: subprocess.run([*run, "autograde", "a", "--force"], check=True, **quiet))


def timed(action: Callable[[], object]) -> list[str]:
    """A row for a command: CPU of all its processes over five runs."""
    cpu, clock = [], []
    for _ in range(5):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        action()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        clock.append(time.perf_counter() - start)
    figures = [statistics.median(cpu), min(cpu), max(cpu)]
    return ["1", *(f"{figure:.3f}" for figure in figures), "0.000", f"{statistics.median(clock):.3f}"]


if __name__ == "__main__":
    main()
