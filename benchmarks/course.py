"""How long the whole course takes to grade: every reference solution, one after the other, in one slot.

    taskset -c 0 python benchmarks/course.py

Prints seconds per assignment, those of the submission's own computing, and the points it got. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course import load_course
from autograder.grading.job import Conditions, Job
from autograder.grading.slot import Slot
from autograder.verify import REFERENCE, cases_of

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Print the table."""
    course = load_course(ROOT)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(course.assignments))
    parser.add_argument("--data", choices=("bundled", "mnist"), default="bundled")
    arguments = parser.parse_args()
    table = Table(title=f"The reference solutions, graded one after the other, {arguments.data}", title_justify="left")
    for column in ("assignment", "checks", "points", "seconds", "submission's CPU s", "grader's CPU s"):
        table.add_column(column, justify="left" if column == "assignment" else "right")
    slot = Slot(Conditions(str(ROOT), data=arguments.data, seed=course.seed))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in track(arguments.names, description="Grading", transient=True):
            [case] = cases_of(course.assignment(name), Path(folder), [REFERENCE])
            results.append(slot.grade(Job("reference", name, str(case.path))))
    slot.close()
    for result in results:
        points = f"{result['points']:g} / {result['max_points']:g}"
        seconds = (f"{result[key]:.1f}" for key in ("seconds", "cpu_seconds", "grader_cpu_seconds"))
        table.add_row(result["assignment"], str(len(result["checks"])), points, *seconds)
    table.add_row("all", "", "", f"{sum(result['seconds'] for result in results):.1f}", "", "", style="bold")
    Console().print(table)


if __name__ == "__main__":
    main()
