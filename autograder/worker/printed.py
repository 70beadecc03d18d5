"""What the submission prints: the first part is kept, everything is counted, the rest is dropped."""

from __future__ import annotations

import io


class Printed(io.TextIOBase):
    """A text stream that keeps at most `limit` characters and counts all."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._parts: list[str] = []
        self._held = 0

    def write(self, text: str) -> int:
        """Count `text`; keep what still fits."""
        size = len(text)
        self.count += size
        room = self._limit - self._held
        if room > 0:
            self._parts.append(text[:room])
            self._held += min(size, room)
        return size

    def writable(self) -> bool:
        """Always."""
        return True

    def text(self) -> str:
        """The part that was kept."""
        return "".join(self._parts)
