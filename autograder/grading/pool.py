"""Many submissions at once: a pool of slots, each a trusted process with a wall of its own."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from autograder.errors import KitError
from autograder.grading.job import Conditions, Job

if TYPE_CHECKING:
    from autograder.grading.slot import Slot

MAX_TRIES = 2
Outcome = dict[str, Any] | KitError

_slot: Slot | None = None
_conditions: Conditions | None = None


def _prepare(conditions: Conditions) -> None:
    """In a slot's process: Ctrl-C is the main process's affair, and the slot is made at the first submission."""
    global _conditions
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _conditions = conditions


def _grade(job: Job) -> dict[str, Any]:
    global _slot
    from autograder.grading.slot import Slot

    if _slot is None:
        import torch

        assert _conditions is not None
        torch.set_num_threads(_conditions.threads)
        _slot = Slot(_conditions)
    return _slot.grade(job)


def _executor(conditions: Conditions, jobs: int) -> concurrent.futures.ProcessPoolExecutor:
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["autograder.grading.slot"])  # torch is imported once and shared by all slots
    return concurrent.futures.ProcessPoolExecutor(jobs, context, _prepare, (conditions,))


def grade_all(jobs: Sequence[Job], conditions: Conditions, workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Grade `jobs` on `workers` slots and yield each with its result, or the KitError that stopped it, as they end.

    A slot that dies (out of memory, say) takes no other submission with it: what had not ended is tried once more.
    """
    todo = {job: 0 for job in jobs}
    while todo:
        lost: list[Job] = []
        # After a death one at a time, so that the submission at fault is the only one to be tried in vain.
        alone = any(todo.values())
        executor = _executor(conditions, 1 if alone else min(workers, len(todo)))
        batch = list(todo)[:1] if alone else list(todo)
        try:
            yield from _run(executor, batch, lost)
        finally:
            _end(executor)
        for job in batch:
            tries = todo.pop(job) + 1
            if job in lost and tries < MAX_TRIES:
                todo[job] = tries
            elif job in lost:
                yield job, KitError("The grading process died twice on this submission (out of memory?).")


def _run(
    executor: concurrent.futures.ProcessPoolExecutor, batch: Sequence[Job], lost: list[Job]
) -> Iterator[tuple[Job, Outcome]]:
    futures = {executor.submit(_grade, job): job for job in batch}
    for future in concurrent.futures.as_completed(futures):
        try:
            outcome: Outcome = future.result()
        except BrokenProcessPool:
            lost.append(futures[future])
            continue
        except KitError as error:
            outcome = error
        yield futures[future], outcome


def _end(executor: concurrent.futures.ProcessPoolExecutor) -> None:
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


Progress = Callable[[Job, Outcome], None]
