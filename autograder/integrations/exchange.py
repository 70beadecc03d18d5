"""Feedback through nbgrader's exchange, for those who handed in through it."""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

NEEDED = ("timestamp.txt", "submission_secret.txt")
"""What `nbgrader submit` adds to a submission, and fetching feedback asks for."""


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """nbgrader's own, which stops at the first student whose work came another way: a zip, say, or a folder."""

    def copy_files(self) -> None:
        """Release the pages of those who can fetch them, and say where the others' are."""
        asked = self.coursedir.student_id_exclude
        pages = self.coursedir.format_path(self.coursedir.feedback_directory, "*", self.coursedir.assignment_id)
        others = [
            page
            for page in sorted(Path(self.coursedir.root).glob(str(Path(pages).relative_to(self.coursedir.root))))
            if not all((page / name).is_file() for name in NEEDED)
        ]
        for page in others:
            self.log.warning("Not handed in through the exchange: %s. Give them %s.", page.parent.name, page)
        self.coursedir.student_id_exclude = ",".join(filter(None, (asked, *(page.parent.name for page in others))))
        try:
            super().copy_files()
        finally:
            self.coursedir.student_id_exclude = asked
