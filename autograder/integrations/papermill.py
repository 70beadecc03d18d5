"""papermill's engine for kernels behind the wall: what the provisioner cannot do, the words in the notebook.

    papermill in.ipynb out.ipynb -k autograder --engine autograder

A kernel that was stopped leaves its reason in the cell that ran, and what a notebook shows is limited in size.
"""

from __future__ import annotations

import json
from typing import Any

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.utils import merge_kwargs, remove_args

from autograder.course import Limits, find_course, load_course
from autograder.integrations.kernels import WalledProvisioner
from autograder.sandbox.watch import size_text


class WalledClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells, counts what they show, and keeps the reason of a kernel that ended."""

    limits = Limits()
    received = 0
    ended = False

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Take in one message, as long as all of them together are not too long."""
        self.received += len(json.dumps(msg["content"], default=str))
        if self.received <= self.limits.returned:
            return super().process_message(msg, cell, cell_index)
        provisioner = self._provisioner()
        if provisioner is not None and not provisioner.stopped:
            provisioner.end(f"it was stopped for showing more than {size_text(self.limits.returned)}")
        return None

    def execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Run a cell; where the kernel ends in it, the cell has an error that says why."""
        try:
            return super().execute_cell(cell, cell_index, **options)
        except DeadKernelError:
            self.ended = True
            provisioner = self._provisioner()
            words = f"The kernel has ended: {(provisioner and provisioner.stopped) or 'its process ended by itself'}."
            cell.outputs.append(new_output("error", ename="KernelEnded", evalue=words, traceback=[words]))  # type: ignore[no-untyped-call]
            raise CellExecutionError(words, "KernelEnded", words) from None

    def wait_for_reply(self, *arguments: Any, **options: Any) -> Any:
        """Nobody answers any more once the kernel has ended."""
        if self.ended:
            raise DeadKernelError("Kernel died")
        return super().wait_for_reply(*arguments, **options)

    def execute(self, **options: Any) -> Any:
        """Run the notebook to its end, or to that of its kernel."""
        try:
            return super().execute(**options)
        except DeadKernelError:
            if not self.ended:
                raise
            return self.nb

    def _provisioner(self) -> WalledProvisioner | None:
        found = getattr(self.km, "provisioner", None)
        return found if isinstance(found, WalledProvisioner) else None


class WalledEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's usual engine with that client, under the limits of the assignment that the notebook is of."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run it as the usual engine does; `environment` has variables for the kernel."""
        environment = kwargs.pop("environment", {})
        unused = ("input_path", "timeout", "startup_timeout", "autosave_cell_every")
        options = merge_kwargs(
            remove_args(unused, **kwargs),
            timeout=execution_timeout or kwargs.get("timeout"),
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
        )
        client = WalledClient(nb_man, **options)
        client.limits = limits_of(nb_man.nb)
        return client.execute(limits=client.limits, environment=environment)


def limits_of(notebook: Any) -> Limits:
    """The limits of the assignment a notebook says it is of, as the course around the working folder has them."""
    path = find_course()
    if path is None:
        return Limits()
    course = load_course(path, check_sources=False)
    card = notebook.metadata.get("autograder", {})
    assignment = course.assignments.get(card.get("assignment", "") if isinstance(card, dict) else "")
    return assignment.limits if assignment else course.limits
