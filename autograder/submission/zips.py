"""Zips of submissions: listed with suspicion, and only notebooks and scripts unpacked, under names of our own."""

import lzma
import mmap
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.submission.folders import Entry, gradable, ignored, path_shown
from autograder.submission.model import MAX_ENTRIES, MAX_FILE, MAX_TOTAL
from autograder.submission.names import shown, unsafe

_ENTRY_HEADER = b"PK\x01\x02"
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
    IndexError, KeyError, UnicodeError,
)  # fmt: skip
"""What `zipfile` raises on damaged or odd files, by trying."""


def unpack(path: Path, into: Path, prefix: tuple[str, ...] = ()) -> list[Entry]:
    """The entries of a zip, its notebooks and scripts unpacked into the new folder `into`.

    An entry with a hostile name, a link or one too large costs only itself and comes back with its problem. Names
    are never used as paths. SubmissionError when the zip as a whole is damaged, holds more than 20,000 entries or
    would unpack to more than 1 GiB. `prefix` is put before the parts of every entry.
    """
    name = shown(path.name)
    try:
        _check_size(path, name)
        with zipfile.ZipFile(path) as archive:
            return list(_entries(archive, path, into, prefix))
    except _BROKEN as error:
        raise SubmissionError(
            f"{name} cannot be unpacked ({_words(error)}). Fix: make the zip again, or hand in its folder or notebooks."
        ) from None


def _check_size(path: Path, name: str) -> None:
    """Count entries before `zipfile` does, since it reads the whole list, however long, into memory."""
    if path.stat().st_size == 0:
        raise SubmissionError(f"{name} is empty (0 bytes). Fix: make the zip again and hand it in once more.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        count, at = 0, data.find(_ENTRY_HEADER)
        while at >= 0 and count <= MAX_ENTRIES:
            count, at = count + 1, data.find(_ENTRY_HEADER, at + 4)
    if count > MAX_ENTRIES:
        raise SubmissionError(
            f"{name} holds more than {MAX_ENTRIES:,} files. Fix: zip the notebooks only, without data and environments."
        )


def _entries(archive: zipfile.ZipFile, path: Path, into: Path, prefix: tuple[str, ...]) -> Iterator[Entry]:
    room = MAX_TOTAL
    for number, info in enumerate(archive.infolist(), 1):
        name = _name(info)
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if info.is_dir() or not parts or any(ignored(part) for part in parts if part != ".."):
            continue
        where = f"{path_shown(parts)} in {shown(path.name)}"
        copy = into / f"{number:05}" / _file_name(parts[-1])
        problem = _refusal(info, name, parts) if gradable(parts[-1]) else ""
        if problem:
            yield Entry((*prefix, *parts), path, where, problem)
        elif gradable(parts[-1]):
            try:
                room -= _copy(archive, info, copy, room, path)
            except _BROKEN as error:
                words = f"is damaged ({_words(error)}). Fix: make the zip again."
                yield Entry((*prefix, *parts), path, where, words)
            else:
                yield Entry((*prefix, *parts), copy, where)
        else:
            yield Entry((*prefix, *parts), path, where)


def _refusal(info: zipfile.ZipInfo, name: str, parts: tuple[str, ...]) -> str:
    """Why an entry is not unpacked, or ""."""
    if ".." in parts or name.startswith("/") or parts[0].endswith(":"):
        return "has a path that leads out of the zip. Fix: make the zip again from the folder of submissions."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a symbolic link. Fix: put the file itself into the zip."
    if info.flag_bits & 1:
        return "is encrypted. Fix: make the zip without a password."
    if info.file_size > MAX_FILE:
        return f"is larger than {MAX_FILE >> 20} MB. {CLEAR}"
    return ""


CLEAR = "Fix: clear the outputs (Kernel → Restart & Clear Output), save, and hand it in again."
"""What helps against every notebook that is too large."""


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, copy: Path, room: int, path: Path) -> int:
    """Unpack one entry and return its bytes; counts what comes out, not what the zip claims."""
    with archive.open(info) as source:
        content = source.read(MAX_FILE + 1)
    if len(content) > room:
        fix = "Fix: unzip it yourself and grade the folder."
        raise SubmissionError(f"{shown(path.name)} would unpack to more than {MAX_TOTAL >> 30} GiB. {fix}")
    if len(content) > MAX_FILE:
        raise zipfile.BadZipFile("more comes out than the zip says")
    try:
        copy.parent.mkdir(parents=True)
        copy.write_bytes(content)
    except OSError as error:  # ours to report: a full disk is no fault of the zip
        fix = "Fix: make room there, or set TMPDIR to another folder."
        raise SubmissionError(f"{copy.parent.parent}: cannot unpack zips there ({error.strerror}). {fix}") from None
    return len(content)


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name; zips made on a Korean Windows or by macOS do not say that theirs is CP949 or UTF-8."""
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _file_name(name: str) -> str:
    """A file name for the copy: the entry's own where that is harmless."""
    if any(unsafe(char) or char in '/\\:*?"<>|' for char in name) or len(name.encode()) > 200:
        return f"submission.{name.rpartition('.')[2].lower()}"
    return name


def _words(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:120]
