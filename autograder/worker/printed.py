"""The submission's standard streams: of what it prints the first part is kept and all is counted; it reads nothing."""

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
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
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


class NobodyTypes(io.TextIOBase):
    """Standard input where no one sits at the keyboard: reading says so."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Raises EOFError, as the end of input does, with the reason."""
        raise EOFError("input() gets no answer here, because nobody is typing: put the value into the code")

    def read(self, size: int | None = -1, /) -> str:
        """Raises EOFError."""
        return self.readline()

    def readable(self) -> bool:
        """Always."""
        return True
