"""Files written whole or not at all, results.json read back, and the folder names students get."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from autograder.errors import KitError
from autograder.records.schema import SCHEMA, ResultRecord

Result = Mapping[str, Any]
"""One submission's results as `docs/results.md` describes them."""

LONGEST_FOLDER = 200  # bytes; file systems allow 255, and temporary names need some of them

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM}


def try_writing(folder: Path) -> None:
    """Write into a folder and take it away again: what cannot be written fails before the work and not after it."""
    write_bytes(folder / ".autograder-writes", b"")
    (folder / ".autograder-writes").unlink()


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON (UTF-8, two spaces of indentation) so that `path` holds all of it or what it held before.

    Raises KitError, naming the folder and the fix, when the disk is full or the folder cannot be written, and leaves
    no temporary file. ValueError for what JSON cannot say (NaN, infinity): results are for any reader.
    """
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all; half surrogates, which UTF-8 cannot say, become question marks."""
    write_bytes(path, text.encode("utf-8", "replace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all, making its folder where it is missing. KitError as `write_json`."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            # After the rename there is nothing to remove; before it, also when Ctrl-C strikes, the rest must go.
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise KitError(_cannot_write(path, error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut; Windows has no such call."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> str:
    again = "then run the same command again: what is already graded is kept."
    if error.errno in _DISK_FULL:
        reason, fix = "the disk is full", f"Free some space there or choose another folder with --out, {again}"
    elif error.errno == errno.EROFS:
        reason, fix = "the file system is read-only", f"Choose another folder with --out, {again}"
    elif error.errno in _NOT_ALLOWED:
        reason = "you have no permission to write there"
        fix = f"Make the folder yours (chmod u+rwx) or choose another with --out, {again}"
    else:
        reason, fix = error.strerror or type(error).__name__, f"Choose another folder with --out, {again}"
    return f"{path.parent}: cannot write {path.name}: {reason}. {fix}"


def read_result(path: Path) -> dict[str, Any] | None:
    """Read a results.json and return it as a dict, or None when there is none or it is damaged (so: grade again).

    Raises KitError when a newer kit wrote it, or when the file is there and may not be read.
    """
    try:
        text = Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KitError(
            f"{path}: cannot read this result: {error.strerror}. Make it readable, or remove it to grade again."
        ) from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    written = value.get("schema")
    if isinstance(written, int) and written > SCHEMA:
        raise KitError(
            f"{path}: schema {written}, written by a newer autograder; this one reads up to schema {SCHEMA}. "
            "Upgrade with `pip install -U autograder`, or grade into another folder with --out."
        )
    try:
        record = ResultRecord.model_validate(value)
    except ValidationError:
        return None
    return value if record.number == SCHEMA else None


def safe_folder(name: str) -> str:
    """Return the folder name for a student id: the id itself (NFC) wherever it can be one folder's name.

    Anything else (`../x`, control characters, bidirectional overrides, over 200 bytes) has the bad characters replaced
    and a hash of the id added, so that the folder stays inside its parent and no two ids share it.
    """
    plain = unicodedata.normalize("NFC", name)
    safe = "".join("_" if _unsafe(character) else character for character in plain)
    if safe == plain and plain.strip() and plain not in (".", "..") and len(plain.encode()) <= LONGEST_FOLDER:
        return plain
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    short = safe.encode()[: LONGEST_FOLDER - 11].decode("utf-8", "ignore").strip(" .")
    return f"{short or 'student'}~{digest}"


def _unsafe(character: str) -> bool:
    if character in "/\\":
        return True
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return True
    return unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
