"""Three ways to reach a submission with one interface: in this process, in a plain subprocess, behind the wall."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import autograder
from autograder.errors import SandboxError
from autograder.sandbox import frames
from autograder.sandbox.usage import Usage, descendants, has_ended, precise_cpu, usage_of, waited_cpu
from autograder.sandbox.wall import END_SECONDS, START_SECONDS, Wall, openmp
from autograder.sandbox.watch import CAN_POLL, PatientStream, Watch
from autograder.worker.service import Message, Service

Answer = Callable[[Message], Message]  # answers a callback of the worker
ANY_MEMORY = 2**60
PLAIN_STARTER = """
import sys
sys.path.append(sys.argv.pop())
from autograder.worker import __main__ as worker
worker.main()
"""


class WorkerGone(Exception):
    """The worker ended in the middle of a request. `reason` is empty when it ended by itself."""

    def __init__(self, reason: str = "", timeout: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timeout = timeout


class Transport(Protocol):
    """What a session needs of the way to a submission."""

    def open(self) -> None:
        """Start a fresh worker."""

    def request(self, message: Message, seconds: float, answer: Answer) -> Message:
        """Send a request and wait for its reply, at most `seconds` of the worker's CPU. Raises WorkerGone."""

    def cpu_seconds(self) -> float:
        """CPU seconds of the worker's living processes, finely, as seen from outside where that is possible."""

    def total_cpu_seconds(self) -> float:
        """CPU seconds of the worker and all it has started, ended ones included, in clock ticks."""

    def close(self) -> None:
        """End the worker."""


class InProcess:
    """The submission lives in this process: a student's notebook kernel, or our own planted mistakes."""

    def __init__(self, make: Callable[[Answer], Service]) -> None:
        self._make = make
        self._service: Service | None = None
        self._answer: Answer | None = None
        self._opened = 0.0

    def open(self) -> None:
        """Make a fresh service."""
        self._opened = time.process_time()
        self._service = self._make(lambda message: self._call_back(message))

    def _call_back(self, message: Message) -> Message:
        if self._answer is None:
            raise RuntimeError("no grader to ask")
        return self._answer(message)

    def request(self, message: Message, seconds: float, answer: Answer) -> Message:
        """Answer at once; time is not limited here."""
        if self._service is None:
            raise WorkerGone("it was not started")
        self._answer = answer
        return self._service.answer(message)

    def cpu_seconds(self) -> float:
        """This process's CPU time."""
        return time.process_time()

    def total_cpu_seconds(self) -> float:
        """This process's CPU time since `open`."""
        return time.process_time() - self._opened

    def close(self) -> None:
        """Forget the service."""
        self._service = None


class _Connected:
    """The request loop shared by the two transports that talk to another process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._watch = Watch(settings, self._measure, self._kill)
        self._reader: frames.Stream | None = None
        self._writer: frames.Stream | None = None
        self._number = 0
        self._used = 0.0

    def _usage(self) -> Usage | None:
        raise NotImplementedError

    def _measure(self) -> Usage | None:
        usage = self._usage()
        self._used = max(self._used, usage.cpu_seconds if usage else 0.0)  # the ended take their account with them
        return usage

    def total_cpu_seconds(self) -> float:
        """CPU seconds of the worker and all it has started, ended ones included."""
        self._measure()
        return self._used

    def _kill(self) -> None:
        raise NotImplementedError

    def request(self, message: Message, seconds: float, answer: Answer) -> Message:
        """Send a request; serve its callbacks; return its reply. Raises WorkerGone."""
        if self._reader is None or self._writer is None:
            raise WorkerGone("it has ended")
        self._number += 1
        header, buffers = message
        try:
            with self._watch.during(seconds):
                frames.send(self._writer, frames.pack({**header, "id": self._number}, buffers))
                return self._await_reply(self._reader, self._writer, answer)
        except (EOFError, OSError, ValueError) as error:
            raise WorkerGone(self._watch.reason or self._how_it_ended(), self._watch.timeout) from error
        except frames.WireError as error:
            self._kill()
            text = f"it sent something that is not an answer ({error})"
            raise WorkerGone(self._watch.reason or text, self._watch.timeout) from error

    def _await_reply(self, reader: frames.Stream, writer: frames.Stream, answer: Answer) -> Message:
        while True:
            header, buffers = frames.receive(reader, self._settings["returned"])
            if "callback" in header:
                frames.send(writer, frames.pack(*answer((header, buffers))))
            elif header.get("id") == self._number:
                return header, buffers
            else:
                raise frames.WireError("an answer to another question")

    def _how_it_ended(self) -> str:
        return ""


class Plain(_Connected):
    """A plain subprocess on any system: protects a student from endless loops, not from malice."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(dict(settings))
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start a fresh interpreter."""
        self.close()
        self._watch.forget()
        self._used = 0.0
        self._settings["base_memory"] = ANY_MEMORY  # until Python and its libraries are there
        threads = openmp(int(self._settings.get("threads", 1)))
        self._process = subprocess.Popen(
            # -P and a path at the end: a random.py beside the notebook is not to be imported in place of a library.
            [sys.executable, "-P", "-c", PLAIN_STARTER, str(Path(autograder.__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **threads, "MPLBACKEND": "Agg", "AUTOGRADER_WALL": "1"},
        )
        self._reader, self._writer = self._streams(self._process)
        try:
            with self._watch.during(START_SECONDS):
                frames.send(self._writer, frames.pack(self._settings, []))
                frames.receive(self._reader, 0)
        except (EOFError, OSError, frames.WireError) as error:
            reason = self._watch.reason or self._how_it_ended() or str(error)
            text = f"The Python that is to run the code did not start: {reason}. Run autograder doctor."
            raise SandboxError(text) from error
        start = self._usage()
        self._settings["base_memory"] = start.memory if start else 0

    def _streams(self, process: subprocess.Popen[bytes]) -> tuple[Any, Any]:
        out, inp = process.stdout, process.stdin
        if not CAN_POLL or out is None or inp is None:
            return out, inp
        return PatientStream(os.dup(out.fileno()), self._watch), PatientStream(os.dup(inp.fileno()), self._watch)

    def _pids(self) -> list[int]:
        return [self._process.pid, *descendants(self._process.pid)] if self._process is not None else []

    def _usage(self) -> Usage | None:
        if self._process is None or not os.path.isdir(f"/proc/{self._process.pid}"):
            return None
        return usage_of(self._pids())

    def _kill(self) -> None:
        if self._process is None:
            return
        self._measure()
        below = self._pids()[1:]
        self._process.kill()
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _how_it_ended(self) -> str:
        if self._process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _exit_text(self._process.wait(timeout=2))
        return ""

    def cpu_seconds(self) -> float:
        """CPU seconds by the kernel's account, or the clock on systems without /proc."""
        if self._process is None or not os.path.isdir("/proc/self/task"):
            return time.perf_counter()
        pids = self._pids()
        return precise_cpu(pids) + waited_cpu(pids)

    def close(self) -> None:
        """End the subprocess."""
        if self._process is None:
            return
        self._kill()
        self._process.wait()
        for stream in (self._reader, self._writer, self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process, self._reader, self._writer = None, None, None


def _exit_text(code: int) -> str:
    if code < 0:
        names = {-signal.SIGSEGV: "a crash (segmentation fault)", -signal.SIGKILL: "running out of memory or a kill"}
        return f"its process ended by {names.get(code, f'signal {-code}')}"
    return f"its process ended with exit status {code} (os._exit?)"


class Walled(_Connected):
    """A child of the warm process behind the wall."""

    def __init__(self, wall: Wall, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self._wall = wall
        self._child = 0
        self._ending: set[int] = set()  # killed; gone from the list of processes before they are gone

    def open(self) -> None:
        """Fork a fresh child. Raises SandboxError when the wall cannot give one."""
        self.close()
        self._watch.forget()
        self._used = 0.0
        # What a child shares with the warm process is not its own; a first guess, lest it be killed before it is known.
        self._settings["base_memory"] = usage_of([self._wall.warm_pid]).memory
        connection, self._child = self._wall.fork(self._settings)
        self._reader = self._writer = PatientStream(connection.detach(), self._watch)
        try:
            with self._watch.during(START_SECONDS):
                hello, _ = frames.receive(self._reader, 0)
        except (EOFError, OSError, frames.WireError) as error:
            reason = self._watch.reason or str(error)
            raise SandboxError(f"The wall gave no worker: {reason}. Run the command again.") from error
        if hello.get("ok") is not True:
            text = str(hello.get("broken", "no reason given"))
            raise SandboxError(f"The wall could not be set up for a submission: {text}. Run autograder doctor.")
        start = self._usage()
        self._settings["base_memory"] = start.memory // max(start.processes, 1)

    def _usage(self) -> Usage:
        return usage_of(self._wall.processes_of(self._child))

    def _kill(self) -> None:
        self._measure()
        for pid in self._wall.processes_of(self._child):
            self._ending.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def cpu_seconds(self) -> float:
        """CPU seconds of the submission's processes, as the kernel counts them outside the wall."""
        pids = self._wall.processes_of(self._child)
        return precise_cpu(pids) + waited_cpu(pids)

    def close(self) -> None:
        """Kill everything the submission started and wait until it is gone."""
        if self._reader is None:
            return
        self._kill()
        self._reader.close()
        self._reader = self._writer = None
        deadline = time.monotonic() + END_SECONDS
        while not all(map(has_ended, self._ending)):
            if time.monotonic() > deadline:
                raise SandboxError("A submission's processes could not be ended. Run the command again.")
            time.sleep(0.004)
        self._ending.clear()
