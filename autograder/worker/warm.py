"""The warm process behind the wall: numpy and torch imported once, one forked child per submission.

It reads orders from a control socket: a JSON object of settings with one end of a socket pair attached. The child that
serves that socket closes the control socket and enters its own namespaces before it reads a line of the submission. The
warm process itself never runs student code and never touches CUDA.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import sys
import tempfile
from typing import Any

import numpy  # noqa: F401  (imported here so that every child has it)
import torch

from autograder.sandbox import frames
from autograder.worker import namespaces, syscalls
from autograder.worker.serve import quiet_standard_streams, serve


def main(control_fd: int, kernels: bool = False) -> None:
    """Serve fork orders until the grader closes the control socket. `kernels`: the children are Jupyter kernels."""
    namespaces.set_dumpable(False)
    torch.set_num_threads(1)  # a process with more cannot be given namespaces; a child sets its own number
    tempfile.tempdir = "/tmp"  # not writable here; it is in a child
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first optimiser imports a second's worth of modules
    if kernels:
        import autograder.student
        import autograder.worker.kernel  # noqa: F401
    control = socket.socket(fileno=control_fd)
    gc.collect()
    gc.freeze()  # what is imported is never looked at again by a child's collector: no time, no copied pages
    control.send(b"ready")
    while True:
        order, fds, _, _ = socket.recv_fds(control, 65536, 1)
        if not order:
            return
        _reap()
        child = os.fork()
        if child == 0:
            control.close()
            _child(fds[0], json.loads(order))
        os.close(fds[0])
        control.send(b"forked")


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _child(fd: int, settings: dict[str, Any]) -> None:
    """Never returns: becomes the parent of a new pid namespace, whose first process serves the submission."""
    code = 1
    try:
        namespaces.set_dumpable(True)  # the maps of a user namespace can only be written by a dumpable process
        namespaces.enter_namespaces()
        namespaces.set_dumpable(False)
        namespaces.die_with_parent()  # not earlier: new powers, as a user namespace gives, undo it
        inner = os.fork()
        if inner == 0:
            _submission(fd, settings)
        os.close(fd)
        code = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
    except BaseException as error:
        _report(fd, error)
    finally:
        os._exit(code & 0xFF)


def _submission(fd: int, settings: dict[str, Any]) -> None:
    try:
        namespaces.die_with_parent()
        if "kernel" in settings:
            namespaces.show_kernel(str(settings["folder"]))
        namespaces.private_filesystem(int(settings["file_size"]))
        namespaces.drop_capabilities()
        namespaces.set_limits(
            cpu_seconds=int(settings["cpu_seconds"]) + 5,
            memory=int(settings["memory"]),
            processes=int(settings["processes"]),
            file_size=int(settings["file_size"]),
        )
        syscalls.forbid(spare=("memfd_create",) if os.path.exists("/dev/nvidiactl") else ())  # CUDA's driver uses it
        namespaces.set_dumpable(True)
        quiet_standard_streams()
    except BaseException as error:
        _report(fd, error)
        os._exit(1)
    connection = socket.socket(fileno=fd)
    stream = connection.makefile("rwb", buffering=0)
    try:
        frames.send(stream, frames.pack({"ok": True}, []))
        if "kernel" in settings:
            from autograder.worker.kernel import serve_kernel

            serve_kernel(settings)
        else:
            serve(stream, stream, settings)
    finally:
        os._exit(0)


def _report(fd: int, error: BaseException) -> None:
    """Tell the grader that the wall could not be set up; this is never the student's fault."""
    with contextlib.suppress(OSError), os.fdopen(os.dup(fd), "wb", buffering=0) as stream:
        frames.send(stream, frames.pack({"broken": f"{type(error).__name__}: {error}"}, []))


if __name__ == "__main__":
    main(int(sys.argv[1]))
