"""When work was handed in: nbgrader's `timestamp.txt`, and the penalties its settings take for being late."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

CONFIG = "nbgrader_config.py"
_NUMERIC_ZONE = re.compile(r"\s+([+-]\d{2}:?\d{2})$")  # apart from the time, nbgrader takes +0900 for 900 seconds


def handed_in_at(folder: Path) -> datetime | None:
    """Return what `timestamp.txt` in a submission's folder says, in UTC without a zone, as gradebooks keep it.

    None when there is no such file or it holds no time: `2026-03-01 23:59:00.5 Asia/Seoul`, `… +0900`, `… UTC`.
    """
    try:
        with (folder / "timestamp.txt").open(encoding="utf-8") as file:
            text = file.read(200).strip()
    except (OSError, UnicodeDecodeError):
        return None
    from nbgrader.utils import parse_utc

    text = _NUMERIC_ZONE.sub(r"\1", text)
    with contextlib.suppress(ValueError, OverflowError, TypeError, AttributeError):
        stamp = parse_utc(text) if text else None
        return stamp if isinstance(stamp, datetime) else None
    return None


def assign_penalties(root: Path, db_url: str, submissions: Sequence[tuple[str, str]]) -> None:
    """Take the penalties for late work that the course's nbgrader settings ask for, as `nbgrader autograde` does.

    `submissions` are pairs of assignment and student that have a time stamp. Without nbgrader_config.py nothing is
    taken.
    """
    if not (root / CONFIG).is_file():
        return
    from nbformat import v4
    from nbgrader.preprocessors import AssignLatePenalties
    from traitlets.config.loader import PyFileConfigLoader

    empty = v4.new_notebook()  # type: ignore[no-untyped-call]
    late = AssignLatePenalties(config=PyFileConfigLoader(CONFIG, path=str(root)).load_config())
    for assignment, student in submissions:
        names = {"assignment": assignment, "notebook": assignment, "student": student, "db_url": db_url}
        late.preprocess(empty, {"nbgrader": names})
