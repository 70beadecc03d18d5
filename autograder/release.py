"""`solutions/` → `assignments/`: notebooks with stubs, public checks, and the proof that they give nothing away."""

import ast
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from autograder.course import Assignment, Course
from autograder.errors import CourseError
from autograder.notebook import BEGIN, END, Cell, notebook_text, read_source, solution_notebook, student_notebook
from autograder.percent import EDIT, parse_python, read_text, source_error
from autograder.records.results import write_bytes
from autograder.yamlfile import choice

_TRIVIAL = 12
"""A solution line this short says nothing (`return x`), and may well stand in given code too."""
_WINDOW = 5
"""So many lines in a row are a copy; fewer may be the usual way to write it (zero_grad, backward, step)."""


def build(course: Course, names: Collection[str] | None = None) -> list[Path]:
    """Write `assignments/<name>/<name>.ipynb` and `test_public.py` of all or the named assignments.

    Returns the files that changed; the others are not touched and nothing is removed. CourseError when a source is
    not as it must be, or when a solution or a hidden check would be given away.
    """
    return _write(_wanted(course, names))


def build_source(course: Course) -> list[Path]:
    """Write nbgrader's source tree, `build/source/<name>/`: the notebook with its solutions and the public checks.

    nbgrader makes the release from it, and copies every file there that is no notebook to students and again over each
    submission; so there is no other. What an assignment no longer has is removed. Returns the files that changed.
    """
    files: dict[Path, bytes] = {}
    root = course.root / "build" / "source"
    for name, assignment in course.assignments.items():
        notebook = solution_notebook(read_source(assignment.source), assignment)
        files[root / name / f"{name}.ipynb"] = notebook_text(notebook).encode()
        files[root / name / "test_public.py"] = (assignment.folder / "test_public.py").read_bytes()
    for path in root.glob("*/*"):
        if path not in files and path.is_file() and not path.name.endswith(".tmp"):
            path.unlink(missing_ok=True)
    return _write(files)


def _write(files: dict[Path, bytes]) -> list[Path]:
    changed = [path for path, content in files.items() if not path.is_file() or path.read_bytes() != content]
    for path in changed:
        write_bytes(path, files[path])
    return changed


def stale(course: Course, names: Collection[str] | None = None) -> list[Path]:
    """The files `build` would change, in its order."""
    wanted = _wanted(course, names)
    return [path for path, content in wanted.items() if not path.is_file() or path.read_bytes() != content]


def _wanted(course: Course, names: Collection[str] | None) -> dict[Path, bytes]:
    """Every generated file and its content; all are made and checked before the first is written."""
    files: dict[Path, bytes] = {}
    for name in course.assignments if names is None else names:
        assignment = course.assignment(name)
        cells = read_source(assignment.source)
        check_source(cells, assignment)
        public = assignment.folder / "test_public.py"
        if not public.is_file():
            raise CourseError(f"solutions/{name}/test_public.py is missing. Fix: write the checks students have.")
        _check_public(public, name)
        notebook = notebook_text(student_notebook(cells, assignment))
        _check_leaks(notebook, assignment)
        files[assignment.released / f"{name}.ipynb"] = notebook.encode()
        files[assignment.released / public.name] = public.read_bytes()
    return files


def check_source(cells: Sequence[Cell], assignment: Assignment) -> None:
    """Raise CourseError unless a source can be released.

    Every question of `grading.yml` has its one check cell, no other has one, every answer cell hides a solution and no
    other cell does, and all code is valid Python.
    """
    path = assignment.source
    for cell in cells:
        if cell.kind == "check":
            _check_check(cell, assignment)
        if cell.kind != "markdown":
            parse_python(cell.source, path, cell.line)
        if cell.id.startswith(f"{EDIT}-"):
            raise source_error(path, cell.line - 1, f'tags=["{EDIT}"] is for variants', 'write tags=["setup"].')
        marked = next((n for n, text in enumerate(cell.source.split("\n")) if BEGIN in text or END in text), None)
        if cell.kind == "answer" and marked is None:
            fix = f"put what students write between `### {BEGIN}` and `### {END}`."
            raise source_error(path, cell.line - 1, f"the answer cell {cell.name!r} holds no solution", fix)
        if cell.kind != "answer" and marked is not None:
            fix = 'mark the cell `# %% answer="name"`, or remove the marker.'
            raise source_error(path, cell.line + marked, f"a solution in a {cell.kind} cell", fix)
    checked = {cell.name: n for n, cell in enumerate(cells) if cell.kind == "check"}
    for question in assignment.questions:
        if question not in checked:
            fix = f'write a cell `# %% check="{question}"` below its answers: {_call(assignment, question)}.'
            line = cells[-1].line if cells else 1
            raise source_error(path, line, f"the question {question!r} has no check cell", fix)
    for n, cell in enumerate(cells):
        if cell.kind == "answer" and checked.get(cell.name, n) < n:
            problem = f"the answer {cell.name!r} stands below its check (line {cells[checked[cell.name]].line - 1})"
            raise source_error(path, cell.line - 1, problem, "move the check cell below it.")


def _check_check(cell: Cell, assignment: Assignment) -> None:
    path = assignment.source
    if cell.name not in assignment.questions:
        problem = f"grading.yml has no question {cell.name!r}"
        raise source_error(path, cell.line - 1, problem, f"use {choice(cell.name, assignment.questions)}.")
    wanted = _call(assignment, cell.name)
    if ast.dump(parse_python(cell.source, path, cell.line)) != ast.dump(ast.parse(wanted)):
        problem = f"the check cell of {cell.name!r} does something else"
        raise source_error(path, cell.line, problem, f"let it hold exactly {wanted}.")


def _call(assignment: Assignment, question: str) -> str:
    return f'check("{assignment.name}", question="{question}")'


def _check_public(path: Path, name: str) -> None:
    """Public checks run on students' machines, where there is no reference solution to import."""
    for line, module in _imports(parse_python(read_text(path), path)):
        if module.split(".")[0] == name:
            fix = f"move what needs {name} to test_hidden.py, or compute the expected value another way."
            raise source_error(path, line, "a public check imports the reference solution", fix)


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, entry.name) for entry in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def _check_leaks(notebook: str, assignment: Assignment) -> None:
    """Raise CourseError when the files students get hold a solution or a hidden check.

    Reads the finished files and the source anew, so that a mistake in making stubs cannot hide itself.
    """
    released = [line.strip() for cell in json.loads(notebook)["cells"] for line in "".join(cell["source"]).split("\n")]
    public = [line.strip() for line in read_text(assignment.folder / "test_public.py").split("\n")]
    source = assignment.source
    solution, visible = _solution_lines(read_text(source))
    given_away = set(released) - visible
    for number, line in solution:
        if BEGIN in notebook or (len(line) > _TRIVIAL and line in given_away):
            fix = "report this as a bug of the kit, with the source; nothing was written."
            raise source_error(source, number, "this line of a solution would be in the students' notebook", fix)
    repeated = _windows(list(enumerate(public)))
    for window, number in _windows(solution).items():
        if window in repeated:
            fix = "let the public checks compute the expected value another way."
            raise source_error(source, number, "test_public.py repeats these lines of the solution", fix)
    hidden = assignment.folder / "test_hidden.py"
    if hidden.is_file():
        _check_hidden(hidden, released, public)


def _check_hidden(hidden: Path, released: list[str], public: list[str]) -> None:
    """No run of lines of a hidden check may stand in the notebook, unless the public checks have it too."""
    text = read_text(hidden)
    lines = text.split("\n")
    seen = _windows(list(enumerate(released))).keys() - _windows(list(enumerate(public))).keys()
    for node in parse_python(text, hidden).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            body = [(n, lines[n - 1].strip()) for n in range(first, (node.end_lineno or first) + 1)]
            for window, number in _windows(body).items():
                if window in seen:
                    fix = "take them out of one of the two."
                    raise source_error(hidden, number, "the notebook repeats these lines of a hidden check", fix)


def _windows(numbered: Sequence[tuple[int, str]]) -> dict[tuple[str, ...], int]:
    """Every run of `_WINDOW` lines that say something, and the number of its first line."""
    telling = [(n, line) for n, line in numbered if len(line) > _TRIVIAL]
    runs = zip(*(telling[k:] for k in range(_WINDOW)), strict=False)
    return {tuple(line for _, line in run): run[0][0] for run in runs}


def _solution_lines(text: str) -> tuple[list[tuple[int, str]], set[str]]:
    """(number, stripped line) of every line inside a solution region, and the set of stripped lines outside."""
    inside, outside = [], set()
    within = False
    for number, line in enumerate(text.split("\n"), 1):
        if BEGIN in line or END in line:
            within = BEGIN in line
        elif within:
            inside.append((number, line.strip()))
        else:
            outside.add(line.strip())
    return inside, outside
