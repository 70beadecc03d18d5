"""The files below a folder, links not followed, as entries that a layout can be read from."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.submission.model import MAX_ENTRIES, SUFFIXES
from autograder.submission.names import shown

MAX_DEPTH = 8
_IGNORED = frozenset({"__macosx", "__pycache__", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Entry:
    """A file (or a folder that cannot be entered) below a target; a zip in a folder counts as a folder.

    `parts` are the names that lead to it, `shown` is what messages call it, `problem` says why it cannot be read,
    `passable` that the same student's readable work makes the problem irrelevant, `folder` that it is a folder.
    """

    parts: tuple[str, ...]
    path: Path
    shown: str
    problem: str = ""
    passable: bool = False
    folder: bool = False

    @property
    def gradable(self) -> bool:
        """Whether this is, or may hide, a submission: a notebook or script that is not the kit's own checks."""
        return gradable(self.parts[-1]) or bool(self.problem)


def ignored(name: str) -> bool:
    """Whether a name is hidden or one that a system leaves behind."""
    return name.startswith((".", "~$")) or name.casefold() in _IGNORED


def gradable(name: str) -> bool:
    """Whether a file's name is that of a notebook or script; the check files handed out with it are not."""
    lower = name.lower()
    handed_out = lower.endswith(".py") and (lower.startswith("test_") or lower == "conftest.py")
    return lower.endswith(SUFFIXES) and not handed_out


def walk(root: Path) -> list[Entry]:
    """All entries below a folder, in order of their names; SubmissionError when there are more than 20,000."""
    found: list[Entry] = []
    for entry in _walk(root, ()):
        found.append(entry)
        if len(found) > MAX_ENTRIES:
            raise SubmissionError(
                f"{root} holds more than {MAX_ENTRIES:,} files. Fix: name the folder that holds the submissions only."
            )
    return found


def _walk(folder: Path, parts: tuple[str, ...]) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as listing:
            items = sorted(listing, key=lambda item: item.name)
    except OSError as error:
        problem = f"cannot be opened ({error.strerror}). Fix: make it readable (chmod -R u+rX) and run again."
        if not parts:
            raise SubmissionError(f"{folder} {problem}") from None
        yield Entry(parts, folder, path_shown(parts), problem, folder=True)
        return
    for item in items:
        if not ignored(item.name):
            yield from _entry(item, (*parts, item.name))


def _entry(item: "os.DirEntry[str]", parts: tuple[str, ...]) -> Iterator[Entry]:
    path = Path(item.path)
    if item.is_symlink():
        problem = "is a symbolic link, and links are not followed. Fix: put the file itself there."
        # A link to some other file matters to nobody; one to a notebook or to a folder may be somebody's work.
        if gradable(item.name) or path.is_dir():
            yield Entry(parts, path, path_shown(parts), problem, passable=True, folder=path.is_dir())
    elif item.is_dir(follow_symlinks=False):
        if len(parts) < MAX_DEPTH:
            yield from _walk(path, parts)
    elif not stat.S_ISREG(item.stat(follow_symlinks=False).st_mode):
        if gradable(item.name):
            problem = "is not a regular file. Fix: put the notebook itself there."
            yield Entry(parts, path, path_shown(parts), problem, passable=True)
    elif gradable(item.name) and not os.access(path, os.R_OK):
        problem = "cannot be read (permission denied). Fix: make it readable (chmod u+r) and run again."
        yield Entry(parts, path, path_shown(parts), problem)
    else:
        yield Entry(parts, path, path_shown(parts))


def path_shown(parts: tuple[str, ...]) -> str:
    """A path as a message may show it."""
    return shown("/".join(parts), 160)
