"""Names of students and files: shown safely, checked, and cut into student and assignment."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.submission.model import SUFFIXES

MAX_NAME = 200
"""Bytes of a student's name in UTF-8, so that it can name a folder anywhere."""

# What a learning platform or an operating system appends to the second file of a name: `(1)`, ` (1)`, `-1`, ` - Copy`.
_AGAIN = re.compile(r"(?:\s?\(\d{1,3}\)|\s?-\s?\d{1,3}|\s(?:-\s)?(?:copy|복사본)(?:\s?\(\d{1,3}\))?)$", re.IGNORECASE)
_UNSAFE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unsafe(character: str) -> bool:
    """Whether a character may not stand in a name or message: control, half of a pair, or turning text around."""
    return unicodedata.category(character) in _UNSAFE or character in _BIDI


def shown(name: str, limit: int = 80) -> str:
    """A name as a message may show it: in quotes, what is unsafe escaped, the middle of a long one cut out."""
    if len(name) > limit:
        name = f"{name[: limit // 2]} … ({len(name)} characters) … {name[-limit // 4 :]}"
    text = "".join(ascii(char)[1:-1] if unsafe(char) else char for char in name)
    return f"`{text}`"


def clean_student(name: str) -> tuple[str, str]:
    """(the student's name to use, "") or ("", what is wrong with it): one path component, NFC, no outer spaces."""
    clean = unicodedata.normalize("NFC", name).strip()
    if any(unsafe(char) for char in name):
        return "", f"the student's name {shown(name)} holds control characters"
    if clean in ("", ".", "..") or "/" in clean or "\\" in clean:
        return "", f"the student's name {shown(name)} is no name of a folder"
    if len(clean.encode()) > MAX_NAME:
        return "", f"the student's name {shown(name)} is longer than {MAX_NAME} bytes"
    return clean, ""


def known(name: str, assignments: Iterable[str]) -> str:
    """The assignment called `name`, in any case, or ""."""
    wanted = unicodedata.normalize("NFC", name).strip().casefold()
    return next((known for known in assignments if known.casefold() == wanted), "")


def _without_again(stem: str) -> str:
    """`kim_im2col (1)` → `kim_im2col`."""
    return _AGAIN.sub("", stem) if len(stem) < 400 else stem


def exact(stem: str, assignments: Iterable[str]) -> str:
    """The assignment a file is simply named after (`im2col`, `im2col (1)`), or ""."""
    names = list(assignments)
    return known(stem, names) or known(_without_again(stem), names)


def split_stem(stem: str, assignments: Iterable[str]) -> tuple[str, str]:
    """(student, assignment) of `student_assignment`, the longest known assignment counting; ("", "") when none fits."""
    names = sorted(assignments, key=len, reverse=True)
    for text in (stem, _without_again(stem)):
        folded = text.casefold()
        for name in names:
            if folded.endswith(f"_{name.casefold()}") and text[: -len(name) - 1].strip():
                return text[: -len(name) - 1], name
    return "", ""


@dataclass(frozen=True)
class Place:
    """Whose file a path is, by its names alone; `folder` is the path of the folder that belongs to that student."""

    student: str
    assignment: str
    folder: tuple[str, ...]
    unknown: str = ""
    """The folder or file name in which an assignment's name was looked for in vain."""


def place(parts: tuple[str, ...], root: str, above: str, assignments: Iterable[str]) -> Place:
    """Read student and assignment off a path below the target.

    `root` and `above` name the target and the folder it is in: the target may itself be one student's folder
    (`submitted/kim`) or one assignment's (`submitted/kim/im2col`).
    """
    names = list(assignments)
    *dirs, file = parts
    stem = PurePosixPath(file).stem if file.lower().endswith(SUFFIXES) else file
    owner, named = split_stem(stem, names)
    first = known(dirs[0], names) if dirs else ""
    second = known(dirs[1], names) if len(dirs) > 1 else ""
    if second:
        return Place(dirs[0], second, tuple(dirs[:2]))
    if first:
        return Place(owner if named == first else root, first, tuple(dirs[:1]))
    if len(dirs) > 1:
        return Place(dirs[0], "", tuple(dirs[:2]), unknown=dirs[1])
    if dirs:
        assignment = named or exact(stem, names)
        return Place(dirs[0], assignment, tuple(dirs[:1]), unknown="" if assignment else file)
    if named:
        return Place(owner, named, ())
    if known(root, names):
        return Place(above, known(root, names), ())
    assignment = exact(stem, names)
    return Place(root, assignment, ()) if assignment else Place(_guess(stem), "", (), unknown=file)


def _guess(stem: str) -> str:
    """The student of a flat file whose assignment is unknown: what stands before the last `_`, or nobody."""
    return stem.rpartition("_")[0]
