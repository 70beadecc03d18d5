"""Running a plan: several notebooks at once, one bar, records by which the same command goes on where it was."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import queue
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from papermill.exceptions import PapermillExecutionError
from rich.console import Console

from autograder.batch.page import print_table, write_pages
from autograder.batch.plan import Run, find_targets, plan
from autograder.batch.store import Store
from autograder.course import Course
from autograder.errors import KitError
from autograder.grading.job import kit_hash
from autograder.grading.pool import default_workers
from autograder.integrations.kernels import kernels
from autograder.metrics import metrics_of
from autograder.notebook import notebook_text
from autograder.options import cuda_available
from autograder.report.notebook_page import notebook_html
from autograder.report.terminal import progress_bar
from autograder.text import plain

DONE, FAILED = "done", "failed"
Record = dict[str, Any]


@dataclass
class Batch:
    """Runs, where they are written, and what came of them."""

    store: Store
    runs: Sequence[Run]
    kit: str
    records: dict[str, Record] = field(default_factory=dict)

    def pending(self, retry: bool) -> list[Run]:
        """Runs that are not recorded yet, or have changed since, or failed and are to be tried again."""
        left = []
        for run in self.runs:
            before = self.store.read_json(f"{run.name}.json")
            same = before.get("key") == run.key(self.kit) and before.get("status") in (DONE, FAILED)
            if same and self.store.has(f"{run.name}.ipynb") and not (retry and before["status"] == FAILED):
                self.records[run.name] = before
            else:
                left.append(run)
        return left

    def keep(self, run: Run, status: str, problem: str, notebook: Any) -> None:
        """Write the notebook, its page and its record; the record last, for it says that the others are there."""
        spent = (notebook or {}).get("metadata", {}).get("papermill", {}).get("duration")
        record = {
            "schema": 1, "key": run.key(self.kit), "status": status, "problem": plain(problem, 3),
            "target": run.target.name, "source": run.target.source,
            "parameters": run.parameters, "grid": run.grid,
            "duration": spent if isinstance(spent, int | float) else None,
            "metrics": metrics_of(notebook) if notebook else {},
        }  # fmt: skip
        if notebook is not None:
            self.store.write(f"{run.name}.ipynb", notebook_text(notebook))
            self.store.write(f"{run.name}.html", notebook_html(notebook, run.name))
        self.store.write(f"{run.name}.json", json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
        self.records[run.name] = record


def run_batch(
    course: Course,
    targets: Sequence[str],
    fixed: Mapping[str, str],
    grid: Mapping[str, Sequence[str]],
    out: str,
    jobs: int,
    retry: bool,
    console: Console,
) -> bool:
    """Run every notebook of `targets` with every combination of `grid` into `out`; True when all came to their end.

    `fixed` and `grid` are texts, brought to the types that the notebooks' parameters have. Raises KitError, before
    anything runs, for a target or parameter that is not right and a place that cannot be written. KeyboardInterrupt
    passes through; what was finished stays.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-batch-") as workdir:
        runs = plan(find_targets(course, targets, Path(workdir)), fixed, grid)
        batch = Batch(Store(out), runs, kit_hash())
        pending = batch.pending(retry)
        reused = len(runs) - len(pending)
        try:
            _run_all(batch, pending, jobs, console, Path(workdir))
        finally:
            write_pages(batch.store, [batch.records[run.name] for run in runs if run.name in batch.records])
    records = [batch.records[run.name] for run in runs]
    print_table(console, records)
    if reused:
        console.print(f"{reused} of {len(runs)} were run before and have not changed.", highlight=False)
    if any(record["status"] == FAILED for record in records):
        console.print("Failed runs keep the part that ran. Try them again with --retry.", style="yellow")
    console.print(f"The report: {batch.store.path('index.html')}", highlight=False, soft_wrap=True)
    return all(record["status"] == DONE for record in records)


def gpus(runs: Sequence[Run]) -> list[str]:
    """The numbers of the GPUs to spread runs over; none when there is no CUDA or no run wants it."""
    wanted = any(run.parameters.get("device", "auto") != "cpu" for run in runs)
    if not wanted or not cuda_available():
        return []
    import torch

    return [str(number) for number in range(torch.cuda.device_count())]


def _run_all(batch: Batch, pending: Sequence[Run], jobs: int, console: Console, workdir: Path) -> None:
    for run in [run for run in pending if run.target.notebook is None]:
        batch.keep(run, FAILED, run.target.problem, None)
    pending = [run for run in pending if run.target.notebook is not None]
    if not pending:
        return
    devices = gpus(pending)
    workers = min(jobs or len(devices) or default_workers(), len(pending))
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for device in itertools.islice(itertools.cycle(devices or [""]), workers):
        free.put(device)
    kernels.at_once = workers
    kernels.start()  # by this thread: a wall ends with the thread that started it
    with _quiet(), progress_bar(console) as progress:
        bar = progress.add_task("Running", total=len(pending))
        for run, (status, problem, notebook) in _outcomes(pending, workers, free, workdir):
            batch.keep(run, status, problem, notebook)
            progress.update(bar, advance=1, description=f"{'Ran' if status == DONE else 'Failed'} {plain(run.name, 1)}")


Outcome = tuple[str, str, Any]


def _outcomes(
    pending: Sequence[Run], workers: int, free: queue.SimpleQueue[str], workdir: Path
) -> Iterator[tuple[Run, Outcome]]:
    """Every run with what came of it, as they end. An interrupt ends all kernels, and no run is said to have failed."""
    executor = ThreadPoolExecutor(workers)
    futures: dict[Future[Outcome], Run] = {
        executor.submit(_execute, run, workdir / f"{number}.ipynb", free): run for number, run in enumerate(pending)
    }
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        kernels.close()
        executor.shutdown()


def _execute(run: Run, place: Path, free: queue.SimpleQueue[str]) -> Outcome:
    """Run one notebook by papermill into `place`; what it came to, and the notebook as far as it ran."""
    gpu = free.get()
    status, problem = DONE, ""
    try:
        papermill.execute_notebook(
            run.target.notebook, place, run.parameters, engine_name="autograder", kernel_name="autograder",
            language="python", progress_bar=False, environment={"CUDA_VISIBLE_DEVICES": gpu} if gpu else {},
        )  # fmt: skip
    except PapermillExecutionError as error:
        open_answer = "an answer that is called here is not written yet" if error.ename == "NotImplementedError" else ""
        status, problem = FAILED, f"{error.ename}: {error.evalue or open_answer}"
    except KitError as error:
        status, problem = FAILED, str(error)
    except Exception as error:  # a kernel that never answered, a notebook nbclient cannot run: that run's affair
        status, problem = FAILED, f"{type(error).__name__}: {error}"
    finally:
        free.put(gpu)
        ensure_event_loop().close()  # the one that notebooks' clients have made for this thread
    return _as_far_as_it_ran(place, status, problem)


def _as_far_as_it_ran(place: Path, status: str, problem: str) -> Outcome:
    """The outcome with the notebook papermill wrote; a full disk leaves none, or a part that cannot be read."""
    if not place.is_file():
        return FAILED, problem or "no notebook was written", None
    try:
        return status, problem, nbformat.read(place, 4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        return FAILED, problem or f"the executed notebook cannot be read ({error}): is {place.parent} full?", None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """papermill's and Jupyter's own lines are not for people who see a bar and a table."""
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
