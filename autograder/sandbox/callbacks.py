"""Our own function, called with a submission's arguments: bounded, because those may ask for years or terabytes."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows, where nothing is graded: only a student's own arguments come by
    resource = None  # type: ignore[assignment]

MEMORY = 2**30
GRACE_SECONDS = 5.0
STATM = Path("/proc/self/statm")


class TooMuch(Exception):
    """The call did not end in time."""


class _Stop(BaseException):
    """Raised in the thread of a call that takes too long."""


def bounded(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], seconds: float) -> Any:
    """The value of `function(*args, **kwargs)`, or what it raises, or TooMuch after `seconds` on the clock.

    It runs in a thread of its own: an exception can be raised there from outside without harm to anything else.
    """
    ended: dict[str, Any] = {}

    def run() -> None:
        try:
            ended["value"] = function(*args, **kwargs)
        except (Exception, _Stop) as error:
            ended["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    with _memory_limited():
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            _stop(thread)
    if "value" in ended:
        return ended["value"]
    if isinstance(ended.get("error"), Exception):
        raise ended["error"]
    raise TooMuch(f"the call took more than {seconds:g} seconds")


def _stop(thread: threading.Thread) -> None:
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Stop))
    thread.join(GRACE_SECONDS)


@contextlib.contextmanager
def _memory_limited() -> Iterator[None]:
    """Let this process take at most MEMORY more while the block runs, where the kernel can be asked to see to that."""
    if resource is None or not STATM.exists():
        yield
        return
    held = int(STATM.read_text().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [limit for limit in (soft, hard, held + MEMORY) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(known), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
