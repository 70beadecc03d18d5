"""Jupyter kernels behind the wall: naming the kernel `autograder` is enough, for whatever starts kernels.

The kernelspec of that name names this provisioner. A kernel is a child of a warm process, as a submission is, so the
same namespaces, filter and limits hold; it is spoken to over sockets in a private folder, never over a network.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import os
import shutil
import signal
import stat
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from autograder.course import Limits, find_course, load_course
from autograder.errors import KitError
from autograder.grading.pool import threads_each
from autograder.options import cuda_available
from autograder.sandbox import frames, usage
from autograder.sandbox.wall import Wall
from autograder.sandbox.watch import WALL_CLOCK_FACTOR, size_text
from autograder.worker import OWN_KERNEL

_LONGEST_FOLDER = 40
"""Characters of the folder for temporary files; the path of a UNIX socket has at most 107, and ours adds 60."""


_MOST_SOCKETS = 16  # a kernel has five


class Kernels:
    """The wall of this process and the folder of its kernels' sockets; made at the first kernel, kept to the end."""

    def __init__(self) -> None:
        self.at_once = 1  # how many share the cores
        self._lock = threading.Lock()
        self._wall: Wall | None = None
        self._folder: Path | None = None

    def start(self) -> tuple[Wall, Path]:
        """The running wall and its folder."""
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                usual = tempfile.gettempdir()
                place = usual if len(usual) < _LONGEST_FOLDER else "/tmp"
                self._folder = Path(tempfile.mkdtemp(prefix="autograder-kernels-", dir=place))
                atexit.register(self.close)
            if self._wall is None or not self._wall.alive:
                self._wall = Wall(device="cuda" if cuda_available() else "cpu", kernels=self._folder)
            return self._wall, self._folder

    def fork(self, wall: Wall, settings: dict[str, Any]) -> tuple[frames.Stream, int]:
        """A fresh child as `Wall.fork` gives it, one at a time; its socket as a stream."""
        with self._lock:
            connection, child = wall.fork(settings)
        return os.fdopen(connection.detach(), "r+b", buffering=0), child

    def close(self) -> None:
        """End the wall, all kernels in it, and remove the folder."""
        with self._lock:
            if self._wall is not None:
                self._wall.close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._wall, self._folder = None, None


kernels = Kernels()


class WalledProvisioner(KernelProvisionerBase):
    """A kernel as a child of the warm process; `stopped` says why it was ended, if it was."""

    _child = 0
    _wall: Wall | None = None
    _folder: Path | None = None
    _limits = Limits()
    _environment: Mapping[str, str] = {}
    _base = 0
    _started = 0.0
    stopped = ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the sockets. `limits` are by default those of the course around; `environment` has variables."""
        limits = kwargs.pop("limits", None)
        self._environment = kwargs.pop("environment", {})
        kwargs.pop("extra_arguments", None)
        kwargs = await super().pre_launch(**kwargs)
        self._limits = limits or _course_limits(kwargs.get("cwd"))
        self._wall, shared = kernels.start()
        self._folder = shared / uuid.uuid4().hex[:12]
        self._folder.mkdir(mode=0o700)
        manager: Any = self.parent
        manager.transport, manager.ip = "ipc", str(self._folder / "k")
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork it."""
        assert self._wall is not None
        assert self._folder is not None
        connection: dict[str, Any] = {**self.connection_info, "ip": f"{OWN_KERNEL}/k"}
        connection["key"] = connection["key"].decode()
        settings = {
            **self._limits.model_dump(),
            "kernel": {name: value for name, value in connection.items() if isinstance(value, str | int)},
            "folder": self._folder.name,
            "environment": self._environment,
            "threads": threads_each(kernels.at_once),
        }
        self.stopped, self._started = "", time.monotonic()
        stream, self._child = kernels.fork(self._wall, settings)
        with contextlib.closing(stream):  # what follows goes over the kernel's own sockets
            hello, _ = frames.receive(stream, 0)
        if hello.get("ok") is not True:
            raise KitError(f"The wall could not be set up for a kernel: {hello.get('broken')}. Run autograder doctor.")
        self._base = usage.usage_of(self._processes()[:1]).memory
        return self.connection_info

    def _processes(self) -> list[int]:
        return self._wall.processes_of(self._child) if self._wall and self._child else []

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet waited for."""
        return self._child != 0

    async def poll(self) -> int | None:
        """None while it runs; whoever asks also has its limits looked at."""
        processes = self._processes()
        if not processes or all(map(usage.has_ended, processes)):
            if not self.stopped and usage.usage_of(processes).cpu_seconds >= self._limits.cpu_seconds:
                self.stopped = self._computed()  # the system's own limit came before the next look
            return 1 if self.stopped else 0
        reason = self._over(usage.usage_of(processes))
        if reason and not self.stopped:
            self.end(reason)
        return None

    def _over(self, now: usage.Usage) -> str:
        limits = self._limits
        clock = time.monotonic() - self._started
        if now.cpu_seconds > limits.cpu_seconds:
            return self._computed()
        if clock > WALL_CLOCK_FACTOR * limits.cpu_seconds:
            return f"it was stopped after {WALL_CLOCK_FACTOR * limits.cpu_seconds:g} seconds on the clock"
        if now.processes > limits.processes:
            return f"it was stopped for starting more than {limits.processes} processes"
        if now.memory > limits.memory + self._base * now.processes:
            return f"it was stopped for using more than {size_text(limits.memory)} of memory"
        return "it was stopped for writing into the folder of its sockets" if self._littered() else ""

    def _computed(self) -> str:
        return f"it was stopped after {self._limits.cpu_seconds:g} seconds of computing"

    def _littered(self) -> bool:
        """Whether there is more than sockets in the one folder that is not the kernel's own memory but our disk."""
        if self._folder is None or not self._folder.is_dir():
            return False
        with os.scandir(self._folder) as entries:
            seen = list(itertools.islice(entries, _MOST_SOCKETS + 1))
        sockets = (stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode) for entry in seen)
        return len(seen) > _MOST_SOCKETS or not all(sockets)

    def end(self, reason: str) -> None:
        """End the kernel for a reason that is told."""
        self.stopped = reason
        self.log.error("The kernel behind the wall has ended: %s.", reason)
        self._kill()

    async def wait(self) -> int | None:
        """Wait until it has ended."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.02)
        self._child = 0
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel itself, which is the first process of its own namespace."""
        for pid in self._processes()[1:2]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """End it and all it has started."""
        self._kill()

    def _kill(self) -> None:
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End it; there is nothing in it that should be saved."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove its sockets."""
        self._child = 0
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)


def _course_limits(folder: str | None) -> Limits:
    path = find_course(Path(folder or "."))
    return load_course(path, check_sources=False).limits if path else Limits()
