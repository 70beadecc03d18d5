"""What a tree of processes uses, read from outside through /proc, where a submission cannot touch it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

PROCESS_CLOCK = 2  # with the inverted process id above it, Linux's number for the CPU clock of another process


@dataclass(frozen=True)
class Usage:
    """CPU seconds (of all, ended children included), resident memory in bytes, and number of processes."""

    cpu_seconds: float
    memory: int
    processes: int


def children(pid: int) -> list[int]:
    """Direct children of a process; empty when it is gone."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, nearest first."""
    found, todo = [], [pid]
    while todo:
        below = children(todo.pop(0))
        found += below
        todo += below
    return found


def usage_of(pids: list[int]) -> Usage:
    """The sum over these processes."""
    ticks, memory = 0, 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime and those of children waited for
            memory += int(fields[21]) * PAGE
    return Usage(ticks / TICK, memory, len(pids))


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie that waits to be counted."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return True


def precise_cpu(pids: list[int]) -> float:
    """CPU seconds of the living among `pids`, their ended threads included, in nanosecond steps."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += time.clock_gettime(~pid << 3 | PROCESS_CLOCK)
    return total


def waited_cpu(pids: list[int]) -> float:
    """CPU seconds of the ended children that `pids` have waited for, in steps of a clock tick."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[13:15]))
    return ticks / TICK
