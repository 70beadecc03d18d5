"""What a submission cannot do: see or signal other processes, get powers back, reach the network."""

import contextlib
import platform
import secrets
import socket
import threading

import pytest

# processes and powers -------------------------------------------------------------------------------------------------


def test_no_other_process_can_be_seen_or_signalled(examine, wall):
    source = """
import os, signal
def listed(): return sorted(name for name in os.listdir("/proc") if name.isdigit())
def me(): return os.getpid(), os.getppid()
def strike():
    struck = []
    for pid in [-1, *range(2, 2000)]:
        for number in (0, signal.SIGKILL):
            try:
                os.kill(pid, number)
                struck.append(pid)
            except OSError: pass
    return struck
def through_self():
    paths = ["/proc/self/../1", "/proc/self/root/proc/1", "/proc/self/task/../../1", "/proc/self/cwd/proc"]
    return [path for path in paths if os.path.exists(path)]
"""
    worker = examine(source)
    assert worker.ask("me") == (1, 0)
    assert worker.ask("listed") == []
    assert worker.ask("strike") == []
    assert worker.ask("through_self") == []
    assert wall.alive
    assert examine("def f(): return 1").ask("f") == 1


def test_its_descriptors_lead_nowhere_but_to_its_own_socket(examine):
    source = """
import os, socket
def descriptors():
    found = {}
    for fd in map(int, os.listdir("/proc/self/fd")):
        try: found[fd] = os.readlink(f"/proc/self/fd/{fd}").split(":")[0]
        except OSError: pass
    return found
def peer(fd):
    own = socket.socket(fileno=os.dup(fd))
    return own.family, own.getpeername(), own.getsockname()
"""
    worker = examine(source)
    found = worker.ask("descriptors")
    assert {found.pop(fd) for fd in (0, 1, 2)} == {"/dev/null"}
    assert list(found.values()) == ["socket"]
    assert worker.ask("peer", *found) == (int(socket.AF_UNIX), "", "")


def test_its_environment_is_the_wall_s(examine, planted):
    found = examine("import os\ndef f(): return dict(os.environ)").ask("f")
    threads = {"OMP_NUM_THREADS", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    expected = {"PATH", "HOME", "LANG", "MPLBACKEND", "PWD", "AUTOGRADER_WALL", "AUTOGRADER_TRAIN_DATA", *threads}
    assert {name for name in found if not name.startswith("TORCH")} == expected  # torch sets one when it is imported
    assert planted not in str(found)


POWERS = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)

def outcome(value):
    return 0 if value >= 0 else ctypes.get_errno()

def status():
    with open("/proc/self/status") as file:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in file)}

def calls():
    NEWUSER, NEWNS, NEWPID, NEWNET = 0x10000000, 0x20000, 0x20000000, 0x40000000
    masked = next((r.split()[4] for r in open("/proc/self/mountinfo") if "_datasets" in r), "/kit")
    os.makedirs("/tmp/new", exist_ok=True)
    tries = {
        "unshare": lambda: libc.unshare(NEWUSER | NEWNS),
        "unshare pid": lambda: libc.unshare(NEWUSER | NEWPID),
        "setns": lambda: libc.setns(os.open("/proc/self/ns/mnt", os.O_RDONLY), 0),
        "umount /proc": lambda: libc.umount2(b"/proc", 2),
        "umount /tmp": lambda: libc.umount2(b"/tmp", 2),
        "umount masked": lambda: libc.umount2(masked.encode(), 2),
        "remount": lambda: libc.mount(b"/kit", b"/kit", None, ctypes.c_ulong(0x1020), None),
        "bind": lambda: libc.mount(b"/", b"/tmp/new", None, ctypes.c_ulong(0x1000), None),
        "proc": lambda: libc.mount(b"proc", b"/tmp/new", b"proc", ctypes.c_ulong(0), None),
        "tmpfs": lambda: libc.mount(b"tmpfs", b"/tmp/new", b"tmpfs", ctypes.c_ulong(0), None),
        "chroot": lambda: libc.chroot(b"/tmp"),
        "pivot_root": lambda: libc.syscall(PIVOT_ROOT, b"/tmp", b"/tmp/new"),
        "open_tree": lambda: libc.syscall(428, -100, b"/", 1),
        "fsopen": lambda: libc.syscall(430, b"proc", 0),
        "ptrace": lambda: libc.ptrace(16, os.getppid() or 2, None, None),
        "process_vm_readv": lambda: libc.process_vm_readv(2, None, 0, None, 0, 0),
        "keyctl": lambda: libc.syscall(KEYCTL, 0, -3, 1),
        "bpf": lambda: libc.syscall(BPF, 0, None, 0),
        "io_uring": lambda: libc.syscall(425, 1, None),
        "setuid": lambda: libc.setresuid(0, 0, 0),
        "sethostname": lambda: libc.sethostname(b"x", 1),
        "mknod": lambda: libc.mknod(b"/tmp/node", 0o060666, 0x0100),
    }
    return {name: outcome(action()) for name, action in tries.items()}

def clone_user():
    pid = libc.syscall(CLONE, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return outcome(pid)
"""
NUMBERS = {
    "x86_64": "\nPIVOT_ROOT, KEYCTL, BPF, CLONE = 155, 250, 321, 56",
    "aarch64": "\nPIVOT_ROOT, KEYCTL, BPF, CLONE = 41, 219, 280, 220",
}


def test_lost_powers_cannot_be_had_again(examine):
    worker = examine(POWERS + NUMBERS[platform.machine()])
    assert {name: code for name, code in worker.ask("calls").items() if code == 0} == {}
    assert worker.ask("clone_user") != 0
    status = worker.ask("status")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_descendants_and_programs_have_no_more_power(examine):
    source = """
import subprocess
def run(*command): return subprocess.run(command, capture_output=True, text=True).returncode
"""
    worker = examine(source)
    assert worker.ask("run", "true") == 0
    assert worker.ask("run", "unshare", "-Ur", "true") != 0
    assert worker.ask("run", "mount", "-t", "tmpfs", "tmpfs", "/tmp") != 0


# network --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def listening():
    """Servers outside the wall, on every address of this machine and on an abstract name: port, name, callers."""
    callers = []
    tcp, unix = socket.create_server(("", 0)), socket.socket(socket.AF_UNIX)
    name = f"\0autograder-test-{secrets.token_hex(8)}"
    unix.bind(name)
    unix.listen()

    def serve(server):
        with contextlib.suppress(OSError):
            while True:
                callers.append(server.accept()[0])

    threads = [threading.Thread(target=serve, args=(server,), daemon=True) for server in (tcp, unix)]
    for thread in threads:
        thread.start()
    yield tcp.getsockname()[1], name, callers
    for server in (tcp, unix):
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(timeout=5)  # a last caller may be on its way into the list
    for connection in callers:
        connection.close()


CALLER = """
import socket
import sys
def interfaces(): return [name for _, name in socket.if_nameindex()]
def call(kind, address):
    with socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET) as caller:
        caller.settimeout(2)
        try: caller.connect(tuple(address) if kind == "tcp" else address)
        except OSError as error: return type(error).__name__
        return "connected"
def say(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        try: return caller.sendto(b"x", tuple(address))
        except OSError as error: return type(error).__name__
def resolve(name):
    try: return socket.getaddrinfo(name, 80)
    except OSError as error: return type(error).__name__
def raw():
    try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except OSError as error: return type(error).__name__
    return "open"
def own_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        return True
"""


def test_no_network_can_be_reached(examine, listening):
    port, name, callers = listening
    worker = examine(CALLER)
    assert worker.ask("interfaces") == ["lo"]
    for address in ("127.0.0.1", socket.gethostbyname("localhost"), "1.1.1.1", "10.0.0.1", "192.168.0.1"):
        assert worker.ask("call", "tcp", [address, port]) != "connected"
    assert worker.ask("call", "unix", name) != "connected"
    assert worker.ask("say", ["1.1.1.1", 53]) == "OSError"
    assert worker.ask("resolve", "pypi.org") == "gaierror"
    assert worker.ask("raw") == "PermissionError"
    assert callers == []


def test_the_callers_are_heard_outside_the_wall(listening):
    """The test above can fail: the same calls, made by a process that is behind no wall, arrive."""
    port, name, _callers = listening
    outside = {}
    exec(CALLER, outside)
    assert outside["call"]("tcp", ["127.0.0.1", port]) == "connected"
    assert outside["call"]("unix", name) == "connected"
    assert outside["own_loopback"]() is True
    assert "lo" in outside["interfaces"]()
