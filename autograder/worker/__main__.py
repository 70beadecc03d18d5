"""A worker in a plain subprocess, for a student's own machine: frames on its standard input and output.

The transport starts it so that a random.py or torch.py beside the notebook is not imported in place of the library.
"""

import os

from autograder.sandbox import frames
from autograder.worker.serve import quiet_standard_streams, serve


def main() -> None:
    """Serve on copies of stdin and stdout, so that prints and reads of the submission cannot disturb the frames."""
    reader = os.fdopen(os.dup(0), "rb", buffering=0)
    writer = os.fdopen(os.dup(1), "wb", buffering=0)
    quiet_standard_streams()
    settings, _ = frames.receive(reader, 0)
    frames.send(writer, frames.pack({"ok": True}, []))
    serve(reader, writer, settings)
    os._exit(0)  # a thread the submission left behind must not keep the process alive


if __name__ == "__main__":
    main()
