"""A worker in a plain subprocess, for a student's own machine: `python -m autograder.worker`, frames on stdin and stdout."""

import os
import sys

from autograder.sandbox import wire
from autograder.worker.serve import quiet_standard_streams, serve


def main() -> None:
    """Serve on copies of stdin and stdout, so that prints and reads of the submission cannot disturb the frames."""
    reader = os.fdopen(os.dup(0), "rb", buffering=0)
    writer = os.fdopen(os.dup(1), "wb", buffering=0)
    quiet_standard_streams()
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]
    settings, _ = wire.receive(reader, 0)
    serve(reader, writer, settings)  # type: ignore[arg-type]
    os._exit(0)  # a thread the submission left behind must not keep the process alive


main()
