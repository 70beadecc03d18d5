"""`grading.yml` → Course, Assignment, Question: read, checked, and every error with its file, line, key and fix."""

import ast
import keyword
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from autograder.errors import CourseError
from autograder.yamlfile import Keys, YamlFile, choice, read_yaml, shown

FILE = "grading.yml"
PROFILES = ("bundled", "mnist")
"""The data profiles a threshold may have a value for."""

_UNITS = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]iB|B|)")
_DEFINITION = re.compile(r"(?:async def|def|class) (\w+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
# `import im2col` reaches the reference solution, so an assignment's name must not be a library's.
_TAKEN = frozenset({"torch", "torchvision", "numpy", "pytest", "autograder", "submission"}) | sys.stdlib_module_names


def _reject(problem: str, fix: str) -> NoReturn:
    """Raise a validation error that brings its own words."""
    raise PydanticCustomError("words", "{problem}", {"problem": problem, "fix": fix})


def _bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if not found:
        _reject(f"{shown(value)} is no size", 'write a number of bytes or "64 KiB", "64 MiB", "2 GiB".')
    return int(float(found[1]) * _UNITS[found[2]])


def _names(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _worth(value: object) -> object:
    return {"points": value} if isinstance(value, int | float | str) else value


def _every_profile(value: object) -> object:
    return dict.fromkeys(PROFILES, value) if isinstance(value, int | float | str) else value


Size = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Points = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Limits(_Model):
    """What one submission may use: CPU seconds (in all, one call, one call that trains), processes, bytes."""

    cpu_seconds: Seconds = 300
    check_seconds: Seconds = 10
    training_seconds: Seconds = 100
    memory: Size = 2 * 2**30
    processes: Annotated[int, Field(gt=0)] = 64
    file_size: Size = 64 * 2**20
    printed: Size = 64 * 2**10
    returned: Size = 64 * 2**20

    def overridden(self, own: "Limits") -> "Limits":
        """These limits with what `own` sets explicitly in their place."""
        return self.model_copy(update=own.model_dump(exclude_unset=True))


class _Worth(_Model):
    points: Points
    needs: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()


class Question(_Worth):
    """One graded question: what it is worth, and the other questions whose code its answer is built on."""

    name: str


class Assignment(_Model):
    """One assignment as `grading.yml` has it, with its two folders (`solutions/<name>`, `assignments/<name>`)."""

    name: str
    title: str
    points: float
    questions: dict[str, Question]
    thresholds: dict[str, dict[str, float]]
    limits: Limits
    folder: Path
    released: Path

    @property
    def source(self) -> Path:
        """The percent script everything else is made from: `solutions/<name>/<name>.py`."""
        return self.folder / f"{self.name}.py"

    def threshold(self, profile: str) -> dict[str, float]:
        """Threshold name → value under a data profile; CourseError when the profile is unknown or has no value."""
        if profile not in PROFILES:
            raise CourseError(f"{FILE}: there is no data profile {profile!r}. Fix: use {choice(profile, PROFILES)}.")
        for name, values in self.thresholds.items():
            if profile not in values:
                where = f"{FILE}, assignments → {self.name} → thresholds → {name}"
                raise CourseError(f"{where}: no value for the data profile {profile!r}. Fix: add `{profile}: …`.")
        return {name: values[profile] for name, values in self.thresholds.items()}

    def question(self, name: str) -> Question:
        """The question of that name; CourseError names the known ones."""
        if name not in self.questions:
            raise CourseError(f"{FILE}: {self.name} has no question {name!r}. Fix: use {choice(name, self.questions)}.")
        return self.questions[name]

    def needs_of(self, question: str) -> tuple[str, ...]:
        """Every question that `question` is built on, directly or through another, in the order of `grading.yml`."""
        reached = _reached(self.question(question).name, self.questions)
        return tuple(name for name in self.questions if name in reached)


class Course(_Model):
    """A whole course: its folder, the defaults every run starts from, and its assignments in file order.

    `id` is its name in nbgrader's exchange, `gradebook` the URL of its database ("" for SQLite's gradebook.db).
    """

    root: Path
    title: str
    id: str = "course"
    gradebook: str = ""
    seed: int
    device: Literal["auto", "cpu", "cuda"]
    sandbox: Literal["bubblewrap", "none"]
    data: Literal["bundled", "mnist"]
    limits: Limits = Limits()
    assignments: dict[str, Assignment]

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name; CourseError names the known ones and the closest."""
        if name not in self.assignments:
            raise CourseError(f"{FILE}: there is no assignment {name!r}. Fix: use {choice(name, self.assignments)}.")
        return self.assignments[name]


class _Head(_Model):
    title: str
    id: str = ""
    gradebook: str = ""


class _Defaults(_Model):
    device: Literal["auto", "cpu", "cuda"] = "auto"
    sandbox: Literal["bubblewrap", "none"] = "bubblewrap"
    data: Literal["bundled", "mnist"] = "bundled"
    seed: Annotated[int, Field(ge=0)] = 0
    limits: Limits = Limits()


class _Entry(_Model):
    title: str
    points: Points
    questions: dict[str, Annotated[_Worth, BeforeValidator(_worth)]]
    thresholds: dict[str, Annotated[dict[str, Finite], BeforeValidator(_every_profile)]] = {}
    limits: Limits = Limits()


class _Entries(_Model):
    course: _Head
    defaults: _Defaults = _Defaults()
    assignments: dict[str, _Entry]


@dataclass(frozen=True)
class Mark:
    """One `@question("name")` found above a check: the question, the check's function, its file and line."""

    question: str
    function: str
    path: Path
    line: int


def find_course(start: Path | None = None) -> Path | None:
    """The `grading.yml` in `start` (default: the working folder) or the nearest folder above it, or None."""
    here = (start or Path.cwd()).resolve()
    return next((folder / FILE for folder in (here, *here.parents) if (folder / FILE).is_file()), None)


def load_course(path: Path, check_sources: bool = True) -> Course:
    """Read and check a course.

    `path` is `grading.yml` or its folder. With `check_sources` every assignment's folder under `solutions/` must
    be there, and its questions and checks must name one another. Raises CourseError at the first thing wrong.
    """
    path = path.resolve()
    path = path / FILE if path.is_dir() else path
    file = read_yaml(path)
    try:
        entries = _Entries.model_validate(file.data)
    except ValidationError as problems:
        raise file.explain(problems, _allowed) from None
    if not entries.assignments:
        raise file.error(("assignments",), "the course has no assignments", "add one below `assignments:`.")
    defaults = entries.defaults
    assignments = {
        name: _assignment(name, entry, defaults.limits, path.parent, file)
        for name, entry in entries.assignments.items()
    }
    if check_sources:
        for assignment in assignments.values():
            _check_sources(assignment, file)
    return Course(
        root=path.parent, title=entries.course.title, id=_id(entries.course, file), gradebook=entries.course.gradebook,
        seed=defaults.seed, device=defaults.device, sandbox=defaults.sandbox, data=defaults.data,
        limits=defaults.limits, assignments=assignments,
    )  # fmt: skip


def _id(head: _Head, file: YamlFile) -> str:
    """The course's id, which names a folder of the exchange: its own, or one made of its title."""
    made = re.sub(r"[^a-z0-9]+", "-", head.title.lower()).strip("-")[:48].strip("-")
    if head.id and not _NAME.fullmatch(head.id):
        raise file.error(
            ("course", "id"), "this name cannot name a folder", "use letters, digits, _ and -, at most 48."
        )
    return head.id or made or "course"


def _assignment(name: str, entry: _Entry, limits: Limits, root: Path, file: YamlFile) -> Assignment:
    at: Keys = ("assignments", name)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name) or name in _TAKEN or len(name) > 48:
        fix = "use a short Python name of its own, such as im2col: letters, digits and _, not the name of a library."
        raise file.error(at, "this name cannot name a folder and a module", fix)
    questions = {
        key: Question(name=key, points=worth.points, needs=worth.needs) for key, worth in entry.questions.items()
    }
    _check_questions(at, entry.points, questions, file)
    for threshold, values in entry.thresholds.items():
        for profile in values:
            if profile not in PROFILES:
                place = (*at, "thresholds", threshold, profile)
                raise file.error(place, "unknown data profile", f"use {choice(profile, PROFILES)}.")
    return Assignment(
        name=name, title=entry.title, points=entry.points, questions=questions, thresholds=entry.thresholds,
        limits=limits.overridden(entry.limits), folder=root / "solutions" / name,
        released=root / "assignments" / name,
    )  # fmt: skip


def _check_questions(at: Keys, points: float, questions: dict[str, Question], file: YamlFile) -> None:
    if not questions:
        raise file.error((*at, "questions"), "there are no questions", "add at least one, such as `forward: 2`.")
    for name, question in questions.items():
        place = (*at, "questions", name)
        if not _NAME.fullmatch(name):
            raise file.error(place, "this name cannot name a cell", "use letters, digits, _ and -, at most 48.")
        for other in question.needs:
            if other not in questions:
                known = choice(other, [key for key in questions if key != name])
                raise file.error((*place, "needs"), f"there is no question {other!r}", f"use {known}.")
    for name in questions:
        if name in _reached(name, questions):
            fix = "remove one of the names: a question cannot be built on itself."
            raise file.error((*at, "questions", name, "needs"), "the needs run in a circle", fix)
    total = math.fsum(question.points for question in questions.values())
    if not math.isclose(total, points):
        fix = f"write `points: {total:g}` or change the questions."
        raise file.error((*at, "points"), f"{points:g}, but the questions add up to {total:g}", fix)


def _reached(start: str, questions: dict[str, Question]) -> set[str]:
    reached: set[str] = set()
    waiting = [*questions[start].needs]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(questions[name].needs)
    return reached


def _check_sources(assignment: Assignment, file: YamlFile) -> None:
    at: Keys = ("assignments", assignment.name)
    name = assignment.name
    if not assignment.folder.is_dir():
        raise file.error(at, f"the folder solutions/{name} is missing", f"make it, or run `autograder new {name}`.")
    if not assignment.source.is_file():
        fix = f"write it, or run `autograder new {name}`."
        raise file.error(at, f"the source solutions/{name}/{name}.py is missing", fix)
    paths = [assignment.folder / "test_public.py", assignment.folder / "test_hidden.py"]
    marks = [mark for path in paths if path.is_file() for mark in find_marks(path)]
    for mark in marks:
        if mark.question not in assignment.questions:
            place = f"{_short(mark.path)}, line {mark.line}, {mark.function}"
            known = choice(mark.question, assignment.questions)
            raise CourseError(f"{place}: {FILE} has no question {mark.question!r}. Fix: use {known}.")
    asked = {mark.question for mark in marks}
    for question in assignment.questions:
        if question not in asked:
            fix = f'write one below @question("{question}", …) in solutions/{name}/test_public.py or test_hidden.py.'
            raise file.error((*at, "questions", question), "no check asks this question", fix)


def find_marks(path: Path) -> list[Mark]:
    """Every `@question("name", …)` above a function of a check file, in file order, without running the file.

    Only the decorators are parsed: loading a course reads every check file, most of which is bodies.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise CourseError(f"{_short(path)}: cannot be read ({problem}). Fix: make it a readable UTF-8 text.") from None
    marks = []
    start = None
    for number, line in enumerate(lines):
        if line.startswith("@") and start is None:
            start = number
        defined = _DEFINITION.match(line)
        if defined:
            marks += _marks(lines[start:number], start, defined[1], path) if start is not None else []
            start = None
    return marks


def _marks(decorators: list[str], start: int, function: str, path: Path) -> list[Mark]:
    try:
        tree = ast.parse("\n".join([*decorators, "def _(): ..."]))
    except SyntaxError as problem:
        place = f"{_short(path)}, line {start + (problem.lineno or 1)}"
        raise CourseError(f"{place}: not valid Python ({problem.msg}). Fix: correct that line.") from None
    calls = [entry for entry in getattr(tree.body[0], "decorator_list", []) if isinstance(entry, ast.Call)]
    return [
        Mark(_asked(call, path, start + call.lineno), function, path, start + call.lineno)
        for call in calls
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "question"
    ]


def _asked(call: ast.Call, path: Path, line: int) -> str:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    place = f"{_short(path)}, line {line}, @question"
    raise CourseError(f'{place}: the question is not named in plain text. Fix: write @question("its name", …).')


def _short(path: Path) -> str:
    """`solutions/<name>/<file>` of a path below it."""
    return "/".join(path.parts[-3:])


def _allowed(keys: Keys) -> list[str]:
    """The keys `grading.yml` may have below `keys`."""
    if not keys:
        return list(_Entries.model_fields)
    if keys[-1] == "limits":
        return list(Limits.model_fields)
    if keys[0] == "assignments":
        return list((_Worth if "questions" in keys else _Entry).model_fields)
    return list((_Head if keys[0] == "course" else _Defaults).model_fields)
