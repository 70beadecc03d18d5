"""What a submission cannot find, reach or leave behind, tried from inside the wall with all it is allowed to do."""

import contextlib
import errno
import secrets
import sys
from pathlib import Path

import numpy as np
import pytest

import autograder
from autograder.data import load, train_archive
from autograder.data.bundled import bundled_folder
from autograder.sandbox.session import AnswerRaised
from autograder.sandbox.wall import python_arguments

ROOT = Path(autograder.__file__).parents[1]
CANARY = f"canary{secrets.token_hex(12)}"  # of another student's submission

# What stands in a submission's private /tmp when the environment itself lies below /tmp: the way to it.
OF_PYTHON = {Path(p).parts[2] for p in (sys.prefix, sys.base_prefix) if p.startswith("/tmp/")}


def hidden_lines(path, count=4):
    """The longest lines of a file: distinctive enough to be found nowhere else."""
    lines = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()}
    return sorted(lines, key=len, reverse=True)[:count]


def solution_lines(path, count=4):
    """The longest lines between the solution markers of a source."""
    inside, found = False, set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if "### " in line:
            inside = "BEGIN SOLUTION" in line
        elif inside:
            found.add(line.strip())
    return sorted(found, key=len, reverse=True)[:count]


def label_run(labels):
    """A run of 14 test labels without a 0, as bytes: one string to search for in any file."""
    values = bytes(labels.astype(np.uint8))
    return next(values[n : n + 14] for n in range(len(values)) if 0 not in values[n : n + 14])


@pytest.fixture
def hidden(planted):
    """What must not be found: names of it, and bytes."""
    found = {"a canary of another submission": CANARY.encode(), "a canary in the solutions": planted.encode()}
    for name in ("im2col", "mnist_mlp"):
        folder = ROOT / "solutions" / name
        for number, line in enumerate(solution_lines(folder / f"{name}.py")):
            found[f"solution line {number} of {name}"] = line.encode()
        for number, line in enumerate(hidden_lines(folder / "test_hidden.py")):
            found[f"line {number} of the hidden checks of {name}"] = line.encode()
    labels = load("bundled").test_labels.numpy()
    found["the test labels as bytes"] = label_run(labels)
    found["the test labels as int64"] = labels[:40].tobytes()
    found["the test labels as text"] = ", ".join(map(str, labels[:40])).encode()
    archive = (bundled_folder() / "digits.npz").read_bytes()
    found["the digits' archive"] = archive[len(archive) // 2 :][:64]
    assert all(len(value) >= 14 for value in found.values())
    return found


def disguised(values):
    """So that what is searched for does not lie about in the memory and the files of the one who searches."""
    return [bytes(byte ^ 0x55 for byte in value) for value in values]


# Walks everything; reads what may be read, whole up to a size, never waiting. Packages (gigabytes) are left to grep.
SEEKER = """
import os, stat, subprocess

def clear(parts):
    return [bytes(byte ^ 0x55 for byte in part) for part in parts]

def seek(hidden, names, bulk, limit, start="/"):
    sentinels, found, seen = clear(hidden), [], 0
    names = [name.decode() for name in clear(names)]
    for folder, folders, files in os.walk(start):
        inside = any(folder == place or folder.startswith(place + "/") for place in bulk)
        for name in folders + files:
            found += [("name", i, os.path.join(folder, name)) for i, part in enumerate(names) if part in name]
        for name in files:
            seen += 1
            path = os.path.join(folder, name)
            if not inside:
                content = read(path, limit)
                found += [("content", i, path) for i, part in enumerate(sentinels) if part in content]
    return seen, found

def read(path, limit):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        content = b""
        while len(content) < limit:
            part = os.read(fd, 2**20)
            if not part:
                break
            content += part
        return content
    except OSError:
        return content
    finally:
        os.close(fd)

def grep(hidden, bulk, kilobytes):
    patterns = [part for part in clear(hidden) if b"\\n" not in part and b"\\0" not in part]
    with open("/tmp/patterns", "wb") as file:
        file.write(b"\\n".join(patterns) + b"\\n")
    find = ["find", *bulk, "-type", "f", "-size", f"-{kilobytes}k", "-print0"]
    search = ["xargs", "-0", "grep", "-laF", "-f", "/tmp/patterns", "--"]
    listed = subprocess.Popen(find, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    plain = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(search, stdin=listed.stdout, capture_output=True, env=plain)
    listed.wait()
    os.remove("/tmp/patterns")
    return done.stdout.decode(), done.stderr.decode(), len(patterns)

def lie_in_wait(hidden):
    os.environ["SEEN"] = "x"
    with open("/dev/shm/found", "wb") as file:
        file.write(clear(hidden)[0])
"""


def bulk():
    """The folders of packages that the wall shows, and the system."""
    arguments = python_arguments()
    shown = [arguments[n + 2] for n, part in enumerate(arguments) if part == "--ro-bind"]
    return ["/usr", *(path for path in shown if path != "/kit/autograder" and Path(path).is_dir())]


NAMES = ["test_hidden.py", "digits.npz", "digits.csv.gz", CANARY]


def test_nothing_hidden_is_in_any_file_that_can_be_read(left, hidden, examine):
    seeker = examine(SEEKER, check_seconds=60)
    seen, found = seeker.ask("seek", disguised(hidden.values()), disguised(map(str.encode, NAMES)), bulk(), 8 * 2**20)
    assert seen > 10_000
    assert [(kind, list(hidden)[i] if kind == "content" else NAMES[i], path) for kind, i, path in found] == []


def test_nothing_hidden_is_among_the_packages(left, hidden, examine):
    seeker = examine(SEEKER, check_seconds=60)
    output, errors, count = seeker.ask("grep", disguised(hidden.values()), bulk(), 256)
    assert count > 15
    assert output == ""
    assert "grep:" not in errors.replace("Permission denied", "")


def test_the_search_finds_what_is_there(examine):
    """The two tests above can fail: the same search finds what the searcher itself has hidden, in name and content."""
    seeker = examine(SEEKER, check_seconds=60)
    needle = disguised([b"needle-in-the-haystack"])
    seeker.ask("lie_in_wait", needle)
    _, found = seeker.ask("seek", needle, disguised([b"found"]), bulk(), 2**20, "/dev")
    assert ("content", 0, "/dev/shm/found") in found
    assert ("name", 0, "/dev/shm/found") in found
    own = disguised([b"from autograder.worker import namespaces, syscalls"])
    assert ("content", 0, "/kit/autograder/worker/warm.py") in seeker.ask("seek", own, [], bulk(), 2**20, "/kit")[1]
    numpy = Path(np.__file__)
    line = numpy.read_text().splitlines()[2].encode()
    assert str(numpy) in seeker.ask("grep", disguised([line]), [str(numpy.parent)], 256)[0].splitlines()


# memory ---------------------------------------------------------------------------------------------------------------


def memory_of(pid):
    """What a process holds in memory, region by region, of what is or was writable."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, mode, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if "w" not in mode:
                continue
            for place in range(start, end, 2**26):
                memory.seek(place)
                with contextlib.suppress(OSError):
                    yield memory.read(min(2**26, end - place))


def test_nothing_hidden_is_in_the_memory_of_a_worker(examine, hidden, wall):
    source = f"kept = bytes(b ^ 0x55 for b in {disguised([b'something-kept'])[0]!r})\ndef look(): return load()\n"
    worker = examine(source + "from autograder.data import load\nimages = load().train_images")
    pids = wall.processes_of(worker.session.transport._child)
    wanted = {**hidden, "what is there": b"something-kept"}
    found = set()
    try:
        for pid in pids[1:]:
            for part in memory_of(pid):
                found |= {name for name, value in wanted.items() if value in part}
    except PermissionError:
        pytest.skip("this user may not read the memory of its own processes (ptrace_scope)")
    assert found == {"what is there"}


def test_modules_of_the_trusted_side_are_not_loaded(examine):
    worker = examine("import gc, sys\ndef modules(): return sorted(sys.modules)\ndef names(): return [*globals()]")
    loaded = worker.ask("modules")
    assert "autograder.worker.service" in loaded
    trusted = ("autograder.grading", "autograder.course", "autograder.notebook", "autograder.submission", "solutions")
    assert [name for name in loaded if name.startswith(trusted)] == []
    assert "im2col" not in loaded
    assert {"Service", "reader", "writer"}.isdisjoint(worker.ask("names"))


# data -----------------------------------------------------------------------------------------------------------------


def test_training_data_is_there_and_test_data_is_not(examine):
    source = """
import os
from autograder import data
def loaded(): return [len(part) for part in vars(data.load("bundled")).values() if not isinstance(part, str)]
def files(): return sorted(os.listdir("/data"))
def bundled(): return data.bundled_folder()
"""
    worker = examine(source)
    assert worker.ask("loaded") == [1437, 1437, 0, 0]
    assert worker.ask("files") == ["backbone.safetensors", "bundled-train-images.npy", "bundled-train-labels.npy"]
    with pytest.raises(AnswerRaised, match="DataError"):
        worker.ask("bundled")


def test_training_files_hold_no_test_label(hidden, tmp_path):
    train_archive("bundled", tmp_path)
    for path in tmp_path.iterdir():
        assert [name for name, value in hidden.items() if value in path.read_bytes()] == []
    test, train = (load("bundled").test_labels.numpy(), np.load(tmp_path / "bundled-train-labels.npy"))
    assert len(train) == 1437
    assert test.tobytes() not in train.tobytes()


# what another submission leaves ---------------------------------------------------------------------------------------

LEAVER = """
import ctypes, errno, os, platform, socket
import _posixshmem
libc = ctypes.CDLL(None, use_errno=True)
ADD_KEY = {"x86_64": 248, "aarch64": 217}[platform.machine()]
KEYCTL = {"x86_64": 250, "aarch64": 219}[platform.machine()]

def leave(canary, start):
    left = {"files": 0}
    for folder, folders, files in os.walk(start):
        for name in (canary, "." + canary, "sitecustomize.py"):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    file.write("# " + canary)
                left["files"] += 1
            except OSError:
                pass
        for name in files:
            if not folder.startswith(("/proc/self", "/usr", "/root", "/home")) and len(files) < 1000:
                try:
                    with open(os.path.join(folder, name), "r+") as file:
                        file.write("# " + canary)
                    left["files"] += 1
                except (OSError, ValueError):
                    pass
    os.environ["CANARY"] = canary
    left["posix"] = attempt(lambda: os.write(_posixshmem.shm_open("/canary", os.O_CREAT | os.O_RDWR), canary.encode()))
    left["sysv"] = libc.shmget(4711, 4096, 0o1666)
    left["queue"] = libc.mq_open(b"/canary", 0o102, 0o666, None)
    for ring in (-3, -4, -5):
        left[f"key {ring}"] = libc.syscall(ADD_KEY, b"user", b"canary", canary.encode(), len(canary), ring)
    left["socket"] = attempt(lambda: listening(canary))
    daemonise(canary)
    return left

def attempt(action):
    try:
        action()
        return 0
    except OSError as error:
        return -error.errno

def listening(name):
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0canary")
    server.listen()
    globals()["server"] = server

def daemonise(canary):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                connection, _ = server.accept()
                connection.sendall(canary.encode())
        os._exit(0)

def find():
    found = {}
    found["environment"] = os.environ.get("CANARY")
    found["posix"] = attempt(lambda: _posixshmem.shm_open("/canary", os.O_RDWR))
    found["sysv"] = libc.shmget(4711, 4096, 0o666)
    found["queue"] = libc.mq_open(b"/canary", 0)
    for ring in (-3, -4, -5):
        found[f"key {ring}"] = libc.syscall(KEYCTL, 10, ring, b"user", b"canary", 0)
    client = socket.socket(socket.AF_UNIX)
    found["socket"] = client.connect_ex("\\0canary")
    tcp = socket.socket()
    found["port"] = tcp.connect_ex(("127.0.0.1", 4711))
    found["processes"] = [name for name in os.listdir("/proc") if name.isdigit()]
    found["folders"] = [os.listdir(folder) for folder in ("/tmp", "/dev/shm")]
    return found
"""


@pytest.fixture(scope="module")
def left(examine_all_along):
    """What a submission could leave that was examined behind this wall before others."""
    leaver = examine_all_along(LEAVER, check_seconds=60)
    left = leaver.ask("leave", CANARY, "/")
    leaver.session.close()
    return left


def test_another_submission_leaves_nothing_behind(left, examine):
    assert left["files"] >= 3  # it did write: in its own /tmp, /dev/shm and /proc
    assert left["posix"] == left["socket"] == 0
    found = examine(LEAVER).ask("find")
    assert found["environment"] is None
    assert found["posix"] == -errno.ENOENT
    for store in ("sysv", "queue", "key -3", "key -4", "key -5"):
        assert found[store] == -1, store
    assert found["socket"] != 0
    assert found["port"] != 0
    assert found["processes"] == []
    assert [set(names) - OF_PYTHON for names in found["folders"]] == [set(), set()]


def test_what_was_left_can_be_found_by_the_one_who_left_it(examine):
    """The test above can fail: within one submission the same search finds the same things."""
    leaver = examine(LEAVER, check_seconds=60)
    leaver.ask("leave", CANARY, "/tmp")
    found = leaver.ask("find")
    assert found["environment"] == CANARY
    assert found["posix"] == found["socket"] == 0
    assert CANARY in found["folders"][0]


def test_only_private_folders_can_be_written(examine):
    source = """
import os
def writable():
    found = []
    for folder, folders, files in os.walk("/"):
        path = os.path.join(folder, "x")
        try:
            with open(path, "w"): pass
            os.remove(path)
            found.append(folder)
        except OSError: pass
    return sorted(found)
def private():
    rows = [line.split() for line in open("/proc/self/mountinfo")]
    return {row[4]: (row[row.index("-") + 1], row[row.index("-") + 3]) for row in rows}
"""
    worker = examine(source)
    # Folders on the way to an environment below /tmp stand in the private /tmp itself.
    writable = [folder for folder in worker.ask("writable") if not folder.startswith("/tmp/")]
    assert writable == ["/dev/shm", "/proc", "/tmp"]
    mounts = worker.ask("private")
    for folder in ("/tmp", "/dev/shm", "/proc"):
        kind, options = mounts[folder]
        assert kind == "tmpfs"
        assert "size=" in options
