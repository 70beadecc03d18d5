"""Grading the graders: every right solution keeps all points, every planted mistake loses its question and no other."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.course import Assignment, Course
from autograder.errors import KitError
from autograder.grading.bank import Variant, read_right, read_wrong
from autograder.grading.context import PASSED
from autograder.grading.job import Job
from autograder.grading.pool import default_workers, grade_all
from autograder.notebook import assemble, notebook_text, read_source, student_notebook
from autograder.options import conditions_for
from autograder.report.terminal import progress_bar
from autograder.text import plain

RIGHT, WRONG, STUB = "right", "wrong", "stub"
REFERENCE = "reference"


@dataclass(frozen=True)
class Case:
    """One thing to grade: what it is, the question it must lose (wrong ones), and its sentence."""

    assignment: str
    kind: str
    name: str
    path: Path
    question: str = ""
    sentence: str = ""


@dataclass
class Verdict:
    """What grading a case gave, over all seeds."""

    case: Case
    faults: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    named: bool = False
    seconds: float = 0.0


def cases_of(assignment: Assignment, folder: Path, only: Collection[str] = ()) -> list[Case]:
    """The reference, the untouched stub and the bank of an assignment, written below `folder` as submissions."""
    cells = read_source(assignment.source)
    cases = []

    def add(kind: str, name: str, text: str, suffix: str, variant: Variant | None = None) -> None:
        path = folder / assignment.name / kind / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        question, sentence = (variant.question, variant.sentence) if variant else ("", "")
        cases.append(Case(assignment.name, kind, name, path, question, sentence))

    add(RIGHT, REFERENCE, assemble(cells, ""), ".py")
    add(STUB, "stub", notebook_text(student_notebook(cells, assignment)), ".ipynb")
    for kind, variants in ((RIGHT, read_right(assignment.folder)), (WRONG, read_wrong(assignment.folder))):
        for variant in variants:
            text = variant.path.read_text(encoding="utf-8")
            add(kind, variant.path.stem, assemble(cells, text, variant.path), ".py", variant)
    return [case for case in cases if not only or case.name in only]


def judge(verdict: Verdict, result: dict[str, Any], assignment: Assignment) -> None:
    """Add what one result says about a case."""
    case = verdict.case
    verdict.seconds += result["seconds"]
    failed = [check for check in result["checks"] if check["outcome"] != PASSED]
    lost = {check["question"] for check in failed}
    verdict.lost |= lost
    verdict.asked |= {check["question"] for check in result["checks"]}
    if result["status"] != "graded":
        verdict.faults.append((result.get("defects") or [result["problem"]])[0])
    elif case.kind == RIGHT:
        verdict.faults += [f"{check['name']}: {check['message']}" for check in failed]
    elif case.kind == STUB:
        passing = [check["name"] for check in result["checks"] if check["outcome"] == PASSED]
        verdict.faults += [f"{name} passes on the stub" for name in passing]
    else:
        verdict.named |= any(check["diagnosis"] == case.sentence for check in failed)
        verdict.faults += _wrong_faults(verdict, lost, assignment)
    if case.name == REFERENCE:
        silent = [check["name"] for check in result["checks"] if check["public"] and not check["hint"].strip()]
        verdict.faults += [f'{name} has no hint. Fix: write @question(…, hint="what to try")' for name in silent]


def _wrong_faults(verdict: Verdict, lost: set[str], assignment: Assignment) -> list[str]:
    question = verdict.case.question
    if question not in assignment.questions:
        return [f"its head names {question!r}, which is no question. Fix: use {', '.join(assignment.questions)}"]
    allowed = {question} | {name for name in assignment.questions if question in assignment.needs_of(name)}
    caught = question in lost or question not in verdict.asked  # without trainings, nothing may have been asked
    faults = [] if caught else [f"not caught: {question} keeps its points"]
    return faults + [f"it also loses {name}" for name in sorted(lost - allowed)]


def verify_course(
    course: Course,
    names: Sequence[str],
    seeds: int,
    trainings: bool,
    workers: int,
    console: Console,
    kinds: Collection[str] = (RIGHT, STUB, WRONG),
) -> bool:
    """Grade the bank of these assignments with `seeds` grader seeds and print the matrix; True when all is well."""
    with tempfile.TemporaryDirectory(prefix="autograder-verify-") as folder:
        cases = [
            case for name in names for case in cases_of(course.assignment(name), Path(folder)) if case.kind in kinds
        ]
        verdicts = run_cases(course, cases, seeds, trainings, workers, console)
    fine = True
    for name in names:
        mine = [verdict for verdict in verdicts if verdict.case.assignment == name]
        console.print(_table(name, mine))
        faults = [*_faults_of(mine), *(holes(course.assignment(name), mine) if WRONG in kinds else [])]
        for fault in faults:
            console.print(fault, style="red", markup=False, highlight=False)
        fine = fine and not faults
    console.print(_summary(names, verdicts))
    return fine


def run_cases(
    course: Course, cases: Sequence[Case], seeds: int, trainings: bool, workers: int, console: Console
) -> list[Verdict]:
    """Grade every case with every seed, behind the wall, as submissions are."""
    verdicts = {str(case.path): Verdict(case) for case in cases}
    base = conditions_for(course, device="cpu", jobs=workers, trainings=trainings)
    with progress_bar(console) as progress:
        bar = progress.add_task("Grading the bank", total=len(cases) * seeds)
        for offset in range(seeds):
            jobs = [Job(case.name, case.assignment, str(case.path)) for case in cases]
            conditions = replace(base, seed=base.seed + offset)
            for job, outcome in grade_all(jobs, conditions, workers or default_workers()):
                if isinstance(outcome, KitError):
                    verdicts[job.path].faults.append(str(outcome))
                else:
                    judge(verdicts[job.path], outcome, course.assignments[job.assignment])
                progress.update(bar, advance=1)
    return list(verdicts.values())


def holes(assignment: Assignment, verdicts: Sequence[Verdict]) -> list[str]:
    """Questions that were asked and that no planted mistake loses: nothing shows that their checks can fail."""
    asked = {name for verdict in verdicts for name in verdict.asked}
    caught = {verdict.case.question for verdict in verdicts if verdict.case.question in verdict.lost}
    fix = f"Fix: add one to solutions/{assignment.name}/bank/wrong/."
    return [
        f"✗ {assignment.name}: no planted mistake loses {name}. {fix}"
        for name in assignment.questions
        if name in asked - caught
    ]


def _faults_of(verdicts: Sequence[Verdict]) -> list[str]:
    """Every fault once, with the file of the bank it is about."""
    found = []
    for verdict in verdicts:
        case = verdict.case
        place = f"{case.assignment}, {case.kind}" + ("" if case.kind == STUB else f" {case.name}")
        found += [f"✗ {place}: {plain(fault, 12)}" for fault in dict.fromkeys(verdict.faults)]
    return found


def _table(name: str, verdicts: Sequence[Verdict]) -> Table:
    table = Table(title=Text(f"{name}: the bank"), title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Variant", overflow="fold")
    table.add_column("Must lose")
    table.add_column("Loses", overflow="fold")
    table.add_column("Named", justify="center", no_wrap=True)
    for verdict in verdicts:
        case = verdict.case
        sign, style = ("✗", "red") if verdict.faults else ("✓", "green")
        must = case.question or ("all" if case.kind == STUB else "–")
        named = "" if case.kind != WRONG else "✓" if verdict.named else "–"
        lost = "all" if case.kind == STUB and not verdict.faults else ", ".join(sorted(verdict.lost)) or "–"
        table.add_row(Text(sign, style=style), case.kind, Text(case.name), Text(must), Text(lost), named)
    return table


def _summary(names: Sequence[str], verdicts: Sequence[Verdict]) -> Table:
    table = Table(title="Totals", title_justify="left")
    for column in ("Assignment", "Right kept", "Stub at zero", "Wrong caught", "Named", "Seconds"):
        table.add_column(column, justify="left" if column == "Assignment" else "right")
    for name in names:
        mine = [verdict for verdict in verdicts if verdict.case.assignment == name]
        cells = []
        for kind in (RIGHT, STUB, WRONG):
            group = [verdict for verdict in mine if verdict.case.kind == kind]
            cells.append(f"{sum(not verdict.faults for verdict in group)} / {len(group)}")
        wrong = [verdict for verdict in mine if verdict.case.kind == WRONG]
        named = f"{sum(verdict.named for verdict in wrong)} / {len(wrong)}"
        table.add_row(name, *cells, named, f"{sum(verdict.seconds for verdict in mine):.1f}")
    return table
