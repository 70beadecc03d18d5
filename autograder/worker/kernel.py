"""A Jupyter kernel in a child of the warm process: the same namespaces and limits as a submission's."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp


class BoundedStream(OutStream):
    """What the notebook prints, kept up to a number of characters."""

    left = 2**20

    def write(self, string: str) -> int:
        """Send what there is room for; the first text that is too long says so."""
        room = BoundedStream.left
        if room <= 0:
            return len(string)
        BoundedStream.left = room - len(string)
        if len(string) > room:
            string = f"{string[:room]}\n[No more is kept of what this notebook prints.]\n"
        return super().write(string) or 0


def serve_kernel(settings: dict[str, Any]) -> None:
    """Run a kernel on the sockets that `settings` names until it is told to shut down."""
    os.environ.update(settings["environment"])
    BoundedStream.left = int(settings["printed"])
    connection = Path("/tmp/.connection.json")
    connection.write_text(json.dumps(settings["kernel"]))
    torch.set_num_threads(int(settings["threads"]))
    sys.argv = ["ipykernel_launcher"]
    application = IPKernelApp.instance(
        connection_file=str(connection), outstream_class=f"{__name__}.BoundedStream", capture_fd_output=False
    )
    application.initialize(["--HistoryManager.enabled=False"])  # type: ignore[no-untyped-call]
    connection.unlink(missing_ok=True)
    application.start()  # type: ignore[no-untyped-call]
