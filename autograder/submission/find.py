"""Find what students handed in: nbgrader's layout, flat files, zips of either, or a single file."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from autograder.course import Course
from autograder.errors import SubmissionError
from autograder.submission import names
from autograder.submission.folders import Entry, gradable, walk
from autograder.submission.model import SUFFIXES, Found
from autograder.submission.names import Place, clean_student, shown
from autograder.submission.zips import unpack
from autograder.yamlfile import choice

LAYOUTS = (
    "Accepted: a folder with <student>/<assignment>/<assignment>.ipynb, a folder of files <student>_<assignment>.ipynb "
    "or .py, a zip of either, or a single such file."
)
_MAX_LEADING = 6


@dataclass(frozen=True)
class _Where:
    """The target's own name and its parent's, which may be an assignment's and a student's."""

    root: str
    above: str
    assignments: tuple[str, ...]
    named: bool = False
    """True for a zip called `student_assignment`, which speaks for all its folders."""


def find_submissions(
    target: Path, course: Course, only: Collection[str] = (), workdir: Path | None = None
) -> list[Found]:
    """Everything handed in under `target`, by assignment and student, at most one entry for each pair.

    `only` limits the result to these assignments; what belongs to no known assignment stays in, as a problem. Zips
    are unpacked into `workdir`, or a new temporary folder that is left to the caller. SubmissionError when there is
    nothing to grade at all, or the target cannot be read.
    """
    for name in only:
        if name not in course.assignments:
            raise SubmissionError(f"There is no assignment {shown(name)}. Fix: use {choice(name, course.assignments)}.")
    target = Path(os.path.abspath(target))
    if not target.exists():
        raise SubmissionError(f"{target} does not exist. Fix: check the path. {LAYOUTS}")
    where = _Where(target.name, target.parent.name, tuple(course.assignments))
    if target.is_file() and target.suffix.lower() in SUFFIXES:
        found = [_single(target, where, only)]
    elif target.is_file() and target.suffix.lower() == ".zip":
        student, assignment = names.split_stem(target.stem, where.assignments)
        above = (assignment, student) if assignment else (target.stem, where.above)
        inside = _Where(*above, where.assignments, named=bool(assignment))
        found = _layout(unpack(target, _new_folder(workdir)), inside)
    elif target.is_dir():
        found = _layout(_with_zips(walk(target), workdir, where), where)
    else:
        raise SubmissionError(f"{target} is neither a folder, a notebook, a .py file nor a zip. Fix: {LAYOUTS}")
    if not found:
        raise SubmissionError(f"{target} holds no submission. Fix: put the notebooks there. {LAYOUTS}")
    return [one for one in found if not only or one.assignment in only or not one.assignment]


def _new_folder(workdir: Path | None) -> Path:
    try:
        if workdir is not None:
            workdir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="zip-", dir=workdir))
    except OSError as error:
        place = workdir or tempfile.gettempdir()
        fix = "Fix: make room and give yourself write permission there, or set TMPDIR to another folder."
        raise SubmissionError(f"{place}: cannot unpack zips there ({error.strerror}). {fix}") from None


def _single(path: Path, where: _Where, only: Collection[str]) -> Found:
    """One file; when one assignment is asked for, the file may have any name."""
    where = _Where(path.parent.name, path.parent.parent.name, where.assignments)
    entry = Entry((path.name,), path, shown(path.name))
    (found,) = _resolve([entry], where)
    if found.problem and not found.assignment and len(only) == 1:
        student, problem = clean_student(path.stem)
        return Found(student, next(iter(only)), path, problem and f"{entry.shown}: {problem}. Fix: rename the file.")
    return found


def _with_zips(entries: list[Entry], workdir: Path | None, where: _Where) -> list[Entry]:
    """Put the contents of each zip in a folder in its place: such a zip is one student's, and named like a file."""
    result: list[Entry] = []
    for entry in entries:
        if len(entry.parts) > 1 or not entry.parts[0].lower().endswith(".zip") or entry.problem:
            result.append(entry)
            continue
        stem = entry.parts[0][: -len(".zip")]
        student, assignment = names.split_stem(stem, where.assignments)
        prefix = (student, assignment) if assignment else (stem,)
        try:
            inside = unpack(entry.path, _new_folder(workdir), prefix)
        except SubmissionError as error:
            problem = str(error).removeprefix(f"{entry.shown} ")
            result.append(Entry(prefix, entry.path, entry.shown, problem, folder=True))
            continue
        result.extend(_flattened(one, len(prefix), where) for one in inside)
        if not inside:
            problem = "is a zip without files. Fix: make it again and hand it in once more."
            result.append(Entry(prefix, entry.path, entry.shown, problem, folder=True))
    return result


def _flattened(entry: Entry, start: int, where: _Where) -> Entry:
    """An entry of one student's zip without the folders it may be wrapped in."""
    prefix, inner = entry.parts[:start], entry.parts[start:]
    at = next((n for n, part in enumerate(inner[:-1]) if names.known(part, where.assignments)), len(inner) - 1)
    kept = inner if start > 1 else inner[at:]
    return Entry((*prefix, *kept), entry.path, entry.shown, entry.problem, entry.passable, entry.folder)


def _layout(entries: list[Entry], where: _Where) -> list[Found]:
    """Read the layout, without the leading folders that all files share where that gives no fewer submissions."""
    files = [entry.parts[:-1] for entry in entries if entry.gradable and not entry.problem]
    # The first and the last in order differ earliest.
    pairs = zip(min(files, default=()), max(files, default=()), strict=False)
    shared = tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))[:_MAX_LEADING]
    best: list[Found] = []
    best_score = (0, 0)
    for depth in range(len(shared) + 1):
        # What lies beside the shared folders (a hostile entry, say) stays where it is.
        inner = [_cut(entry, depth) if entry.parts[:depth] == shared[:depth] else entry for entry in entries]
        path = (where.above, where.root, *shared[:depth])
        inside = _Where(path[-1], path[-2], where.assignments)
        found, score = _scored(inner, inside)
        if where.named and score[0] == 0:
            found, score = _scored(inner, where)
        if depth == 0 or (score[0] and score >= best_score):
            best, best_score = found, score
    return best


def _scored(entries: list[Entry], where: _Where) -> tuple[list[Found], tuple[int, int]]:
    """A reading of the layout, and how good it is: most submissions, then fewest problems."""
    found = _resolve(entries, where)
    good = sum(not one.problem for one in found)
    return found, (good, good - len(found))


def _cut(entry: Entry, depth: int) -> Entry:
    parts = entry.parts[depth:] or entry.parts[-1:]
    return Entry(parts, entry.path, entry.shown, entry.problem, entry.passable, entry.folder)


def _resolve(entries: Sequence[Entry], where: _Where) -> list[Found]:
    """One Found for each student and assignment (and for each folder or file that fits no assignment)."""
    groups: dict[tuple[str, str, str], list[tuple[Place, Entry]]] = defaultdict(list)
    for entry in entries:
        if entry.gradable:
            parts = (*entry.parts, "") if entry.folder else entry.parts
            spot = names.place(parts, where.root, where.above, where.assignments)
            # Names that are the same once normalised are the same student's.
            student = clean_student(spot.student)[0] or spot.student
            unknown = "" if spot.assignment else "/".join((*spot.folder, spot.unknown))
            groups[student, spot.assignment, unknown].append((spot, entry))
    found = [_choose(members, where) for members in groups.values()]
    working = {(one.student, one.assignment) for one in found if not one.problem}
    students = {student for student, _ in working}
    kept = [
        one
        for one, members in zip(found, groups.values(), strict=True)
        if not (one.problem and one.student in students and not one.assignment and all(e.passable for _, e in members))
    ]
    pairs, owners = {(one.student, one.assignment) for one in kept}, {one.student for one in kept}
    kept += [
        one
        for one in _without_notebook(entries, where)
        if (one.student, one.assignment) not in pairs and (one.assignment or one.student not in owners)
    ]
    return sorted(kept, key=lambda one: (one.assignment, one.student, one.path.name, one.problem))


def _choose(members: list[tuple[Place, Entry]], where: _Where) -> Found:
    """The file to grade among one student's files for one assignment, or the problem with them."""
    spot, entry = members[0]
    student, problem = clean_student(spot.student)
    bad = next((each for _, each in members if each.problem and not each.passable), None)
    if bad is None and all(each.problem for _, each in members):
        bad = entry
    if bad is not None:
        return Found(student, spot.assignment, bad.path, f"{bad.shown} {bad.problem}")
    if not spot.assignment:
        return Found(student, "", entry.path, _unknown(spot, entry, where))
    if problem:
        fix = "Fix: name it `student_assignment`, or put it into a folder with the student's name."
        return Found("", spot.assignment, entry.path, f"{entry.shown}: {problem}. {fix}")
    folders: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for each_spot, each in members:
        if not each.problem:
            folders[each_spot.folder].append(each)
    chosen = [each for folder, files in folders.items() for each in _preferred(files, len(folder), spot.assignment)]
    if len(chosen) == 1:
        return Found(student, spot.assignment, chosen[0].path)
    rest = f", {chosen[1].shown} and {len(chosen) - 2} more" if len(chosen) > 2 else f" and {chosen[1].shown}"
    number = "two" if len(chosen) == 2 else str(len(chosen))
    problem = f"{number} files for one student: {chosen[0].shown}{rest}. Fix: keep one."
    return Found(student, spot.assignment, chosen[0].path, problem)


def _preferred(files: list[Entry], depth: int, assignment: str) -> list[Entry]:
    """Files directly in the folder before deeper ones, and `<assignment>.ipynb` before all others."""
    direct = [each for each in files if len(each.parts) == depth + 1] or files
    for same in (str.__eq__, lambda a, b: a.casefold() == b.casefold()):
        exact = [each for each in direct if same(each.parts[-1], f"{assignment}.ipynb")]
        if len(exact) == 1:
            return exact
    return direct


def _unknown(spot: Place, entry: Entry, where: _Where) -> str:
    """Why a file belongs to no assignment."""
    if not where.assignments:
        return f"{entry.shown}: grading.yml has no assignments. Fix: add one."
    name = spot.unknown
    if gradable(name):
        stem = name.rpartition(".")[0]
        use = choice(stem.rpartition("_")[2] if "_" in stem else stem, where.assignments)
        ends = "its name ends in no assignment of grading.yml"
        return f"{entry.shown}: {ends}. Fix: name it `<student>_<assignment>`, with {use}."
    use = choice(name, where.assignments)
    return f"{entry.shown}: there is no assignment {shown(name)} in grading.yml. Fix: rename the folder; use {use}."


def _without_notebook(entries: Sequence[Entry], where: _Where) -> list[Found]:
    """A problem for each student's folder that holds files, but none that could be graded."""
    full = {entry.parts[:depth] for entry in entries if entry.gradable for depth in range(1, len(entry.parts) + 1)}
    empty: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        dirs = entry.parts[:-1]
        if entry.gradable or not dirs:
            continue
        at = next((n for n, part in enumerate(dirs) if names.known(part, where.assignments)), 0)
        if dirs[: at + 1] not in full:
            empty[dirs[: at + 1]].append(entry)
    return [_missing(folder, files, where) for folder, files in empty.items()]


def _missing(folder: tuple[str, ...], files: list[Entry], where: _Where) -> Found:
    assignment = names.known(folder[-1], where.assignments)
    owner = (folder[-2] if len(folder) > 1 else where.root) if assignment else folder[0]
    held = ", ".join(shown(each.parts[-1]) for each in files[:3]) + (f" and {len(files) - 3} more" if files[3:] else "")
    wanted = f"`{assignment}.ipynb`" if assignment else "the notebook"
    problem = f"{shown('/'.join(folder), 160)}: no notebook, only {held}. Fix: put {wanted} there."
    return Found(clean_student(owner)[0], assignment, files[0].path.parent, problem)
