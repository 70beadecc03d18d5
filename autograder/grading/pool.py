"""Many submissions at once: a pool of slots, each a trusted process with a wall of its own."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import KitError
from autograder.grading.job import Conditions, Job

if TYPE_CHECKING:
    from autograder.grading.slot import Slot

DIED = (
    "The grading process died twice on this submission. Fix: look whether the machine runs out of memory, grade with "
    "fewer --jobs, and if it stays, grade this one by hand."
)
Outcome = dict[str, Any] | KitError

_slot: Slot | None = None
_prepared: tuple[Conditions, Path] | None = None


def _prepare(conditions: Conditions, scratch: str) -> None:
    """In a slot's process: Ctrl-C is the main process's affair, and the slot is made at the first submission."""
    global _prepared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prepared = (conditions, Path(scratch))


def _grade(job: Job) -> dict[str, Any]:
    global _slot
    from autograder.grading.slot import Slot

    if _slot is None:
        import torch

        assert _prepared is not None
        torch.set_num_threads(_prepared[0].threads)
        _slot = Slot(*_prepared)
    return _slot.grade(job)


def _executor(conditions: Conditions, workers: int, scratch: str) -> ProcessPoolExecutor:
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["autograder.grading.slot"])  # torch is imported once and shared by all slots
    return ProcessPoolExecutor(workers, context, _prepare, (conditions, scratch))


def grade_all(jobs: Sequence[Job], conditions: Conditions, workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Grade `jobs` on `workers` slots and yield each with its result, or the KitError that stopped it, as they end.

    A slot that dies (out of memory, say) takes no other submission with it: what was under way then is tried once
    more, alone, so that the submission at fault is the only one to be tried in vain.
    """
    waiting, suspects = deque(jobs), deque[Job]()
    # Slots are killed at the end, so what they share on disk is tidied up here.
    with tempfile.TemporaryDirectory(prefix="autograder-slots-") as scratch:
        while waiting or suspects:
            alone = bool(suspects)
            batch = deque([suspects.popleft()]) if alone else waiting
            executor = _executor(conditions, 1 if alone else min(workers, len(batch)), scratch)
            lost: list[Job] = []
            try:
                yield from _run(executor, batch, workers, lost)
            finally:
                _end(executor)
            if alone:
                yield from ((job, KitError(DIED)) for job in lost)
            else:
                suspects.extend(lost)


def _run(
    executor: ProcessPoolExecutor, waiting: deque[Job], workers: int, lost: list[Job]
) -> Iterator[tuple[Job, Outcome]]:
    """Hand out as many jobs as there are slots; after a death, those that were under way are in `lost`."""
    running: dict[Future[dict[str, Any]], Job] = {}
    while running or (waiting and not lost):
        ended = _ended(running, lost)
        while waiting and not lost and len(running) < workers:
            job = waiting.popleft()
            try:
                running[executor.submit(_grade, job)] = job
            except BrokenProcessPool:
                lost.append(job)
        yield from ended  # the slots are busy again while these are written


def _ended(running: dict[Future[dict[str, Any]], Job], lost: list[Job]) -> list[tuple[Job, Outcome]]:
    """Wait for at least one to end; nothing when none is under way."""
    ended: list[tuple[Job, Outcome]] = []
    for future in concurrent.futures.wait(running, return_when=FIRST_COMPLETED).done if running else ():
        job = running.pop(future)
        try:
            ended.append((job, future.result()))
        except BrokenProcessPool:
            lost.append(job)
        except KitError as error:
            ended.append((job, error))
    return ended


def _end(executor: ProcessPoolExecutor) -> None:
    """Stop at once: results that matter have been taken, walls die with their parents."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with contextlib.suppress(ProcessLookupError, AttributeError):
            process.kill()


def default_workers(device: str = "cpu") -> int:
    """One slot per core this process may use; on CUDA one submission at a time."""
    if device == "cuda":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_each(at_once: int) -> int:
    """torch's threads for each of `at_once` submissions: its share of the cores, at most four.

    Networks of these sizes gain nothing from more, and what threads compute is on the submission's account.
    """
    return min(4, max(1, default_workers() // at_once))
