"""The command line: `autograder build · check · grade · batch · verify · doctor · demo`."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer
from rich.console import Console
from typer.core import TyperGroup

from autograder.course import Course, find_course, load_course
from autograder.errors import CourseError, KitError

# What the exit status says.
FINE, SOME_NOT_GRADED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
STOPPED = "Stopped."
KEPT = "Stopped. What was finished is kept: the same command goes on from there."


class _Commands(TyperGroup):
    """The commands; an interrupt ends each with a word and its own exit status."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            words = KEPT if ctx.invoked_subcommand in ("grade", "batch", "demo") else STOPPED
            Console(stderr=True).print(words)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Auto-graded PyTorch exercises: build notebooks, check your own, grade a class.",
)
console = Console()

CourseOption = Annotated[
    Optional[Path],  # noqa: UP045 (typer reads the annotation at run time)
    typer.Option("--course", help="The course's folder or grading.yml; default: the nearest one upwards."),
]
Names = Annotated[Optional[list[str]], typer.Argument(help="Assignments; default: all.")]  # noqa: UP045


def _course(path: Path | None) -> Course:
    found = path or find_course()
    if found is None:
        raise CourseError("There is no grading.yml here or above. Run this in a course, or name one: --course FOLDER.")
    return load_course(found)


@app.command()
def build(names: Names = None, course: CourseOption = None) -> None:
    """Make the student notebooks in assignments/ from the sources in solutions/."""
    from autograder.release import build as run

    opened = _course(course)
    changed = run(opened, names or None)
    for path in changed:
        console.print(f"wrote {path.relative_to(opened.root)}", highlight=False)
    if not changed:
        console.print("Nothing to do: assignments/ is up to date.")


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook, or the folder it is in.")] = Path("."),
    question: Annotated[Optional[str], typer.Option("-q", "--question", help="Only this question.")] = None,  # noqa: UP045
) -> None:
    """Run the public checks on a saved notebook: what you can see before you hand it in."""
    from autograder.grading.context import PASSED
    from autograder.report.terminal import print_checks
    from autograder.student import check_file

    with console.status("Running your notebook…"):
        found = check_file(notebook, question)
    print_checks(found.checks, found.lesson, question, console, found.remarks)
    raise typer.Exit(FINE if all(one.outcome == PASSED for one in found.checks) else SOME_NOT_GRADED)


@app.command()
def grade(
    submitted: Annotated[Path, typer.Argument(help="nbgrader's folder, a folder of files, a zip, or one file.")],
    assignment: Annotated[Optional[list[str]], typer.Option("-a", "--assignment", help="Only these.")] = None,  # noqa: UP045
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Submissions at once; 0: one per core.")] = 0,
    device: Annotated[Optional[str], typer.Option(help="auto, cpu or cuda.")] = None,  # noqa: UP045
    data: Annotated[Optional[str], typer.Option(help="bundled or mnist.")] = None,  # noqa: UP045
    out: Annotated[Optional[Path], typer.Option(help="Where results go; default: the course's folder.")] = None,  # noqa: UP045
    sandbox: Annotated[Optional[str], typer.Option(help="bubblewrap, or none (stamped on every result).")] = None,  # noqa: UP045
    seed: Annotated[Optional[int], typer.Option(min=0, help="Seed of the hidden checks' inputs.")] = None,  # noqa: UP045
    db: Annotated[Optional[str], typer.Option(help="The gradebook: sqlite:///file or postgresql://…")] = None,  # noqa: UP045
    course: CourseOption = None,
) -> None:
    """Grade what students handed in: results, gradebook, grades.csv and a feedback page each.

    Exit status: 0 everything was graded; 1 some submissions could not be; 2 wrong use; 130 interrupted (run it again).
    """
    from autograder.classroom import grade_class
    from autograder.options import conditions_for

    opened = _course(course)
    conditions = conditions_for(opened, device=device, data=data, sandbox=sandbox, seed=seed, jobs=jobs)
    fine = grade_class(opened, submitted, out or opened.root, conditions, assignment or [], jobs, console, db)
    raise typer.Exit(FINE if fine else SOME_NOT_GRADED)


@app.command()
def batch(
    targets: Annotated[list[str], typer.Argument(help="Assignments, solutions, notebooks, or what was handed in.")],
    parameter: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("-p", "--parameter", metavar="NAME VALUE", help="A parameter of every run."),
    ] = None,
    grid: Annotated[Optional[list[str]], typer.Option(help="NAME=VALUE,VALUE: a run for each.")] = None,  # noqa: UP045
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="At once; 0: one per core, or per GPU.")] = 0,
    out: Annotated[str, typer.Option(help="Where notebooks and the report go.")] = "build/batch",
    retry: Annotated[bool, typer.Option("--retry", help="Also run again what failed.")] = False,
    course: CourseOption = None,
) -> None:
    """Run notebooks with every combination of parameters, behind the wall; what was run before is not run again.

    Exit status: 0 all came to their end; 1 some failed; 2 wrong use; 130 interrupted (run it again).
    """
    from autograder.batch import run_batch

    fixed = _named("-p", parameter or (), "NAME VALUE, as in -p epochs 1")
    axes = _named("--grid", grid or (), "NAME=VALUE,VALUE, as in --grid seed=0,1,2")
    choices = {name: values.split(",") for name, values in axes.items()}
    fine = run_batch(_course(course), targets, fixed, choices, out, jobs, retry, console)
    raise typer.Exit(FINE if fine else SOME_NOT_GRADED)


def _named(option: str, entries: Sequence[str], form: str) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in entries]
    for name, _, value in pairs:
        if not name or not value:
            raise KitError(f"{option} {name}: write {form}.")
        if sum(other == name for other, _, _ in pairs) > 1:
            raise KitError(f"{option} {name} is given twice. Fix: write {form}.")
    return {name: value for name, _, value in pairs}


def _joined(arguments: Sequence[str]) -> list[str]:
    """`-p NAME VALUE`, as papermill has it, for a parser that takes one word after an option: NAME=VALUE."""
    found: list[str] = []
    for word in arguments:
        if len(found) > 1 and found[-2] in ("-p", "--parameter") and "=" not in found[-1]:
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


@app.command()
def verify(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, help="Grader seeds to try each file of the bank with.")] = 1,
    trainings: Annotated[bool, typer.Option(help="Also run the checks that train.")] = True,
    right: Annotated[bool, typer.Option("--right", help="Only the right solutions: for many seeds.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="At once; 0: one per core.")] = 0,
    course: CourseOption = None,
) -> None:
    """Grade the bank: right solutions keep every point, planted mistakes lose just their question, stubs get zero."""
    from autograder.verify import RIGHT, STUB, WRONG, verify_course

    opened = _course(course)
    kinds = (RIGHT,) if right else (RIGHT, STUB, WRONG)
    fine = verify_course(opened, names or list(opened.assignments), seeds, trainings, jobs, console, kinds)
    raise typer.Exit(FINE if fine else SOME_NOT_GRADED)


@app.command()
def doctor(course: CourseOption = None) -> None:
    """Look at Python, packages, the wall, CUDA and data; name the fix of every problem."""
    from autograder.doctor import examine

    raise typer.Exit(FINE if examine(course or find_course(), console) else SOME_NOT_GRADED)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where results go.")] = Path("build/demo"),
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Submissions at once; 0: one per core.")] = 0,
    course: CourseOption = None,
) -> None:
    """Grade the sample class in examples/ and say where the report is."""
    from autograder.classroom import grade_class
    from autograder.options import conditions_for

    opened = _course(course)
    conditions = conditions_for(opened, device=None, data=None, sandbox=None, seed=None, jobs=jobs)
    grade_class(opened, opened.root / "examples" / "submitted", out, conditions, [], jobs, console)
    console.print(f"\nThe report: {(out / 'index.html').resolve()}", highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what goes wrong ends in words, never in a traceback of ours."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ?, and the grades
    try:
        app(args=_joined(sys.argv[1:] if arguments is None else arguments), standalone_mode=True)
    except KitError as error:
        _fail(str(error), WRONG_USE)
    except OSError as error:
        fix = "Fix: check the path, your permission and the free space there, then run the same command again."
        _fail(f"{error.filename or 'A file'}: {error.strerror or error}. {fix}", WRONG_USE)
    except KeyboardInterrupt:
        _fail(STOPPED, INTERRUPTED)


def _fail(words: str, status: int) -> NoReturn:
    Console(stderr=True).print(words, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
