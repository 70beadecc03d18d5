"""Waiting for a worker without trusting it to answer: its limits are looked at while the grader waits."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from autograder.sandbox.usage import Usage

POLL_SECONDS = 0.05
WALL_CLOCK_FACTOR = 10
READ_AHEAD = 2**16
CAN_POLL = hasattr(select, "poll")


class Watch:
    """Ends a worker that passes its limits while a request is under way; `reason` then says why."""

    def __init__(self, limits: dict[str, Any], measure: Callable[[], Usage | None], kill: Callable[[], None]) -> None:
        self._limits, self._measure, self._kill = limits, measure, kill
        self._seconds, self._start, self._next = 0.0, 0.0, float("inf")
        self._first: Usage | None = None
        self.forget()

    def forget(self) -> None:
        """A fresh worker: nothing has been held against it."""
        self.reason, self.timeout = "", False

    @contextlib.contextmanager
    def during(self, seconds: float) -> Iterator[None]:
        """Watch while the block runs: `seconds` of CPU for the request, ten times that on the clock.

        CPU counts from the first look, a twentieth of a second after the start: short requests cost no look at all.
        """
        self._seconds, self._first = seconds, None
        self._start = time.monotonic()
        self._next = self._start + POLL_SECONDS
        # Without poll (Windows) nobody looks while the grader waits, so a timer ends what takes too long on the clock.
        timer = None if CAN_POLL else threading.Timer(WALL_CLOCK_FACTOR * seconds, self._end_on_clock)
        if timer:
            timer.start()
        try:
            yield
        finally:
            self._next = float("inf")
            if timer:
                timer.cancel()

    def look(self) -> None:
        """Measure and judge, when it is time to; kill what is over its limits."""
        clock = time.monotonic()
        if clock < self._next or self.reason:
            return
        self._next = clock + POLL_SECONDS
        now = self._measure()
        self._first = self._first or now
        self.reason = self._judge(now, clock - self._start)
        if self.reason:
            self._kill()

    def _judge(self, now: Usage | None, clock: float) -> str:
        used = now.cpu_seconds - self._first.cpu_seconds if now and self._first else 0.0
        if used > self._seconds:
            self.timeout = True
            return f"it was stopped after {self._seconds:g} seconds of computing"
        if clock > WALL_CLOCK_FACTOR * self._seconds:
            self.timeout = True
            return self._asleep()
        if now and now.processes > self._limits["processes"]:
            return f"it was stopped for starting more than {self._limits['processes']} processes"
        if now and now.memory > self._limits["memory"] + self._limits["base_memory"] * now.processes:
            return f"it was stopped for using more than {size_text(self._limits['memory'])} of memory"
        return ""

    def _asleep(self) -> str:
        return f"it was stopped after {WALL_CLOCK_FACTOR * self._seconds:g} seconds on the clock, most of them asleep"

    def _end_on_clock(self) -> None:
        self.reason, self.timeout = self._asleep(), True
        self._kill()


class PatientStream:
    """A pipe or socket read and written without ever waiting blindly: the watch looks in between."""

    def __init__(self, fd: int, watch: Watch) -> None:
        """Takes over `fd`."""
        self._fd, self._watch = fd, watch
        os.set_blocking(fd, False)
        self._incoming, self._outgoing = select.poll(), select.poll()
        self._incoming.register(fd, select.POLLIN)
        self._outgoing.register(fd, select.POLLOUT)
        self._ahead = b""  # read but not asked for yet: a small frame arrives in one piece

    def read(self, size: int) -> bytes:
        """At most `size` bytes, as soon as there are any; none at the end."""
        if not self._ahead:
            self._ahead = self._arrived(max(size, READ_AHEAD))
        part, self._ahead = self._ahead[:size], self._ahead[size:]
        return part

    def _arrived(self, size: int) -> bytes:
        while True:
            self._watch.look()
            if self._incoming.poll(POLL_SECONDS * 1000):
                with contextlib.suppress(BlockingIOError):
                    return os.read(self._fd, size)

    def write(self, data: memoryview) -> int:
        """Write what fits now, at least one byte."""
        while True:
            self._watch.look()
            if self._outgoing.poll(POLL_SECONDS * 1000):
                with contextlib.suppress(BlockingIOError):
                    return os.write(self._fd, data)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._fd)


def size_text(count: int) -> str:
    """A number of bytes in words: 64 MiB."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >= 2**power:
            return f"{count / 2**power:g} {unit}"
    return f"{count} bytes"
