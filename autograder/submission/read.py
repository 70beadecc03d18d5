"""Read one submission: size and encoding checked, the file taken apart, the graded cells put together."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Assignment
from autograder.errors import SubmissionError
from autograder.notebook import Cell
from autograder.submission.kit import Assembly, kit_of
from autograder.submission.model import MAX_CELLS, MAX_CODE, MAX_FILE, SUFFIXES, Document, Found, Submission
from autograder.submission.names import shown
from autograder.submission.notebooks import read_notebook
from autograder.submission.python import is_code
from autograder.submission.remarks import remarks
from autograder.submission.scripts import read_script
from autograder.submission.zips import CLEAR

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BINARY = {b"PK\x03\x04": "a zip", b"%PDF": "a PDF", b"\x1f\x8b": "a gzip file", b"\x89PNG": "an image"}


def read_submission(
    found: Found | Path, assignment: Assignment, source_cells: Sequence[Cell], student: str = ""
) -> Submission:
    """A submission as it is graded.

    `source_cells` are those of the assignment's source: given code always comes from there. Without any (a student's
    machine has no source) the file's own given code is kept. Nothing is run.
    SubmissionError names the file, the place in it and the fix.
    """
    if isinstance(found, Found):
        if found.problem:
            raise SubmissionError(found.problem)
        path, student = found.path, student or found.student
    else:
        path = found
    content = _content(path)
    document = _document(path, content)
    kit = kit_of(tuple(source_cells))
    assembly = Assembly(kit, document).run()
    notes = [*document.notes, *assembly.notes]
    if document.notebook and source_cells and document.assignment in ("", assignment.name):
        notes += remarks(document, kit, path, assignment)
    if document.assignment and document.assignment != assignment.name:
        said = shown(document.assignment)
        notes.insert(0, f"The notebook says it is {said}; it was graded as `{assignment.name}`.")
    digest = hashlib.sha256(content).hexdigest()
    return Submission(student, assignment.name, path, digest, tuple(assembly.cells), tuple(notes))


def _content(path: Path) -> bytes:
    name = shown(path.name)
    try:
        if not path.is_file():
            what = "is a folder, not a file" if path.is_dir() else "does not exist"
            raise SubmissionError(f"{path} {what}. Fix: name a notebook or a .py file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        fix = "Fix: make it readable (chmod u+r) and run again."
        raise SubmissionError(f"{name}: it cannot be read ({error.strerror}). {fix}") from None
    if len(content) > MAX_FILE:
        raise SubmissionError(f"{name}: it is larger than {MAX_FILE >> 20} MB. {CLEAR}")
    if not content.strip():
        what = "empty (0 bytes)" if not content else "empty: it holds blanks only"
        raise SubmissionError(f"{name}: the file is {what}. Fix: save it and hand it in again.")
    if not content.strip(b"\0"):
        why = "it holds NUL bytes only, so it was damaged when it was saved or sent"
        raise SubmissionError(f"{name}: {why}. Fix: save it and hand it in again.")
    return content


def _document(path: Path, content: bytes) -> Document:
    """The file's cells; SubmissionError when there is no code, or far too much."""
    name = shown(path.name)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SubmissionError(f"{name}: this is neither a notebook nor a .py file. Fix: hand in the .ipynb file.")
    text = _decode(content, name)
    if suffix == ".py" and len(text) > MAX_CODE:
        raise SubmissionError(f"{name}: {_too_much(len(text))}")
    document = read_script(text, name) if suffix == ".py" else read_notebook(text, name)
    size = sum(len(cell.source) for cell in document.cells)
    if size > MAX_CODE:
        raise SubmissionError(f"{name}: {_too_much(size)}")
    if len(document.cells) > MAX_CELLS:
        raise SubmissionError(f"{name}: it has more than {MAX_CELLS:,} code cells. Fix: hand in only your answers.")
    if not any(is_code(cell.source) for cell in document.cells):
        cells = "no statement" if suffix == ".py" else "no code cell with anything in it"
        remarks = " ".join(document.notes[:2])
        fix = "Fix: hand in the notebook with your answers."
        raise SubmissionError(f"{name}: it has {cells}. {remarks + ' ' if remarks else ''}{fix}")
    return document


def _too_much(size: int) -> str:
    fix = "Fix: take pasted data out of the code cells."
    return f"its code is {size >> 10:,} KB long, and more than {MAX_CODE >> 10} KB is not read. {fix}"


def _decode(content: bytes, name: str) -> str:
    """The text of a file in UTF-8, with or without its mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        binary = next((what for start, what in _BINARY.items() if content.startswith(start)), "")
        if binary:
            fix = "Fix: hand in the notebook itself, in the format Jupyter saves."
            raise SubmissionError(f"{name}: it is {binary}, not text. {fix}") from None
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{content[error.start]:02x} at position {error.start}, line {line}"
        guess = _MARKS.get(content[:2]) or _guess(content)
        fix = "Fix: save it as UTF-8 (in an editor: Save with Encoding → UTF-8)."
        raise SubmissionError(f"{name}: it is not UTF-8 text ({byte}); it looks like {guess}. {fix}") from None


def _guess(content: bytes) -> str:
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return "Latin-1 or a damaged file"
    return "CP949 (Korean Windows)"
