"""The wall: one bubblewrap sandbox per grading slot, with a warm process inside that forks a child per submission."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import autograder
from autograder.data import DATA_VARIABLE, TRAIN_VARIABLE, label_sources
from autograder.data.bundled import bundled_folder
from autograder.data.mnist import cache_folder
from autograder.errors import SandboxError
from autograder.sandbox import usage
from autograder.worker import FONTS, KERNELS, OWN_KERNEL

INSTALL = "Install it with: sudo apt-get install bubblewrap"
NO_NAMESPACES = (
    "bubblewrap cannot create namespaces here. Allow unprivileged user namespaces "
    "(sudo sysctl kernel.unprivileged_userns_clone=1; in a container run it with --privileged), "
    "or grade without a wall: --sandbox none, which is written on every result."
)
COMPILER_CACHE = "/tmp/torchinductor"  # torch makes it when it is imported, unless it is there
START_SECONDS, END_SECONDS = 120, 60
# Relative to a folder of packages: our own data, and scikit-learn's copy of the digits, labels and all.
LABELS_IN_PACKAGES = ("autograder/_datasets", "sklearn/datasets/data")
STARTER = """
import sys
sys.path.insert(0, '/kit')
from autograder.worker import warm
warm.main(int(sys.argv[1]), len(sys.argv) > 2)
"""


def bubblewrap() -> str:
    """The path of bwrap. Raises SandboxError with the one command that installs it."""
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxError(f"bubblewrap is missing, and submissions are not graded without a wall. {INSTALL}")
    return path


def system_arguments() -> list[str]:
    """A read-only system with nothing of the user's in it."""
    arguments = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--hostname", "wall"]
    arguments += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for folder in ("bin", "lib", "lib32", "lib64", "sbin"):
        path = Path("/", folder)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    return [*arguments, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", COMPILER_CACHE]


def python_arguments(hidden: Iterable[Path] = (), labels: bool = False) -> list[str]:
    """The interpreter and its packages, read-only, without the answers that ride along in them or lie among them.

    `labels`: the test labels of the data sets are no answers, and stay.
    """
    package = Path(autograder.__file__).parent
    shown = {package: Path("/kit/autograder")}
    for prefix in map(Path, (sys.base_prefix, sys.prefix)):
        if not prefix.is_relative_to("/usr"):
            shown[prefix] = prefix
    arguments = [part for outside, inside in shown.items() for part in ("--ro-bind", str(outside), str(inside))]
    shown[Path("/usr")] = Path("/usr")
    covered = {
        place: path
        for path in (*hidden, *(() if labels else _labels(shown)))
        if path.exists()
        for place in _places(path, shown)
    }
    for place, path in sorted(covered.items()):
        arguments += _cover(place, path)
    return arguments


def _labels(shown: Iterable[Path]) -> Iterator[Path]:
    """Files and folders with test labels, wherever packages may be."""
    yield from label_sources()
    packages = {Path(entry) for entry in sys.path if entry}
    for folder in shown:
        packages |= {folder.parent, *folder.glob("lib*/python3*/*-packages")}
        packages |= set(folder.glob("local/lib*/python3*/*-packages"))
    for folder in packages:
        yield from (folder / inner for inner in LABELS_IN_PACKAGES if (folder / inner).exists())


def _places(path: Path, shown: Mapping[Path, Path]) -> Iterator[Path]:
    """Where `path` stands inside the wall: nowhere, if it is below nothing that is shown."""
    real = path.resolve()
    for outside, inside in shown.items():
        if real.is_relative_to(outside.resolve()):
            yield inside / real.relative_to(outside.resolve())


def _cover(place: Path, path: Path) -> list[str]:
    """An empty folder, or an unreadable file, over `path`. Read-only, or one submission could leave the next a note."""
    if path.is_dir():
        return ["--tmpfs", str(place), "--remount-ro", str(place)]
    return ["--ro-bind", "/dev/null", str(place)]


def kernel_arguments(sockets: Path) -> list[str]:
    """What notebooks need beside a submission: their sockets, the data sets whole, what students are given, fonts."""
    arguments = ["--bind", str(sockets), KERNELS, "--dir", OWN_KERNEL, "--tmpfs", FONTS]
    package = Path(autograder.__file__).parent
    for outside in (bundled_folder(), package.parent / "assignments"):
        if outside.is_dir() and not outside.is_relative_to(package):
            arguments += ["--ro-bind", str(outside), f"/kit/{outside.name}"]
    import matplotlib

    for path in sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json")):
        arguments += ["--ro-bind", str(path), f"{FONTS}/{path.name}"]  # to make that list anew takes seconds
    own = os.environ.get(DATA_VARIABLE)
    if own:
        arguments += ["--ro-bind-try", str(Path(own).expanduser().resolve()), "/data"]
    return [*arguments, "--ro-bind-try", str(cache_folder()), "/cache/autograder"]


def device_arguments(device: str) -> list[str]:
    """CUDA's device files and what its driver reads, when the slot grades on a GPU."""
    if device != "cuda":
        return []
    arguments = ["--ro-bind", "/sys", "/sys", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
    for path in sorted(glob.glob("/dev/nvidia*")):
        arguments += ["--dev-bind", path, path]
    return arguments


def openmp(threads: int) -> dict[str, str]:
    """The environment for so many of torch's threads; one that waits sleeps, and does not count as computing."""
    return {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}


def environment_arguments(threads: int, **others: str) -> list[str]:
    """The whole environment of a submission or a kernel."""
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "TORCHINDUCTOR_CACHE_DIR": COMPILER_CACHE,
        **openmp(threads),
        "OPENBLAS_NUM_THREADS": "1",  # its threads would come back in a fork, which must have one to get namespaces
        "MKL_NUM_THREADS": str(threads),
        **others,
    }
    return [part for name, value in variables.items() for part in ("--setenv", name, value)]


def _kernel_environment() -> dict[str, str]:
    found = {"XDG_CACHE_HOME": "/cache", "MPLCONFIGDIR": FONTS}
    if os.environ.get(DATA_VARIABLE):
        found[DATA_VARIABLE] = "/data"
    return found | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class Wall:
    """A running sandbox with its warm process; `fork` gives a fresh child and a socket to it."""

    def __init__(
        self,
        *,
        threads: int = 1,
        device: str = "cpu",
        train_folder: Path | None = None,
        hidden: Iterable[Path] = (),
        kernels: Path | None = None,
    ) -> None:
        """Start it. `hidden` are files and folders to cover if they lie within what is shown (a course in /usr/local).

        `kernels`: the children are Jupyter kernels, each with a folder of that name below it for its sockets.
        Raises SandboxError when bubblewrap is missing or namespaces are refused.
        """
        command = [bubblewrap(), *system_arguments(), *python_arguments(hidden, labels=kernels is not None)]
        command += device_arguments(device)
        if kernels is not None:
            command += [*kernel_arguments(kernels), *environment_arguments(threads, **_kernel_environment())]
        else:
            variables = {"MPLBACKEND": "Agg", "AUTOGRADER_WALL": "1"}
            if train_folder is not None:
                command += ["--ro-bind", str(train_folder), "/data"]
                variables[TRAIN_VARIABLE] = "/data"
            command += environment_arguments(threads, **variables)
        command += ["--chdir", "/tmp", "--remount-ro", "/", "--remount-ro", "/dev", "--remount-ro", "/tmp"]
        self._first_inside = 0  # ends when all others inside have ended
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command += [sys.executable, "-I", "-c", STARTER, str(inner.fileno())]
        command += ["kernels"] if kernels is not None else []
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the wall)
        self._process = subprocess.Popen(
            command, pass_fds=[inner.fileno()], stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors
        )
        inner.close()
        self._control.settimeout(START_SECONDS)
        self._expect(b"ready")
        self.warm_pid = self._find_warm_pid()

    def _expect(self, word: bytes) -> None:
        try:
            answer = self._control.recv(100)
        except (TimeoutError, ConnectionError):
            answer = b""
        if answer != word:
            text = self._first_error()
            self.close()
            advice = NO_NAMESPACES if not text or text.startswith("bwrap") else "Run autograder doctor."
            raise SandboxError(f"The wall did not start: {text or 'no answer'}. {advice}")

    def _first_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read(20_000).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _find_warm_pid(self) -> int:
        # bwrap runs as two processes, its monitor outside and the first process inside; the warm one is below them.
        inside = usage.children(self._process.pid)
        below = usage.children(inside[0]) if inside else []
        if len(below) != 1:
            self.close()
            raise SandboxError(f"The wall's processes are not as expected. {NO_NAMESPACES}")
        self._first_inside = inside[0]
        return below[0]

    def fork(self, settings: dict[str, object]) -> tuple[socket.socket, int]:
        """A fresh child in its own namespaces, with its id; its first frame is `{"ok": true}` or says what broke.

        Children live side by side: a submission may be asked again while another session on it is still open.
        """
        before = usage.children(self.warm_pid)
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [json.dumps(settings).encode()], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise SandboxError(f"The warm process is gone ({error}). Run the command again.") from error
        finally:
            theirs.close()
        self._expect(b"forked")
        fresh = set(usage.children(self.warm_pid)) - set(before)
        if len(fresh) != 1:
            ours.close()
            raise SandboxError("The warm process has no new child. Run the command again.")
        return ours, fresh.pop()

    def processes_of(self, child: int) -> list[int]:
        """The process `child` that `fork` named and all below it, as numbered outside; none when it is gone."""
        if child not in usage.children(self.warm_pid):
            return []  # its number may by now be another's
        return [child, *usage.descendants(child)]

    @property
    def alive(self) -> bool:
        """Whether the sandbox still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the sandbox and everything in it, and wait until it is gone."""
        self._control.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=END_SECONDS)
        deadline = time.monotonic() + END_SECONDS
        while not usage.has_ended(self._first_inside) and time.monotonic() < deadline:
            time.sleep(0.001)
        self._errors.close()
