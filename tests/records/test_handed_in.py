"""Time stamps of submissions, in UTC as gradebooks keep them, and the URL of the gradebook."""

from datetime import datetime

import pytest

from autograder.records.database import gradebook_url
from autograder.records.handed_in import handed_in_at

NOON = datetime(2026, 3, 1, 12)


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2026-03-01 12:00:00 UTC", NOON), ("2026-03-01 12:00:00", NOON), ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01 21:00:00 Asia/Seoul", NOON), ("2026-03-01 21:00:00 +0900", NOON),
        ("2026-03-01T07:00:00-05:00\n", NOON), ("2026-03-01 12:00:00.5 UTC", datetime(2026, 3, 1, 12, 0, 0, 500_000)),
        ("2026-03-01 06:30:00 -05:30", NOON), ("", None), ("soon", None), ("2026-13-01", None), ("9" * 10_000, None),
        ("\ufeff", None), ("2026 03 01 x y", None),
    ],
)  # fmt: skip
def test_what_a_time_stamp_says(tmp_path, text, stamp):
    (tmp_path / "timestamp.txt").write_text(text, encoding="utf-8")
    assert handed_in_at(tmp_path) == stamp


def test_no_time_stamp(tmp_path):
    assert handed_in_at(tmp_path) is None
    (tmp_path / "timestamp.txt").write_bytes(b"\xff\xfe\x00")
    assert handed_in_at(tmp_path) is None


def test_the_gradebooks_url(course, tmp_path):
    """What was asked for, then the course's own for its own records, then a file beside the records."""
    own = course.model_copy(update={"gradebook": "postgresql://me@db/course"})
    out = tmp_path / "out"
    assert gradebook_url(course) == f"sqlite:///{course.root}/gradebook.db"
    assert gradebook_url(course, out) == gradebook_url(own, out) == f"sqlite:///{out}/gradebook.db"
    assert gradebook_url(own) == gradebook_url(own, own.root) == "postgresql+psycopg://me@db/course"
    assert gradebook_url(own, out, "postgres://x/y") == "postgresql+psycopg://x/y"
    assert gradebook_url(own, out, "sqlite:///a/b.db") == f"sqlite:///{course.root}/a/b.db"
    assert gradebook_url(own, out, "sqlite:////a/b.db") == "sqlite:////a/b.db"
