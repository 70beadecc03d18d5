"""Linux namespaces and limits for one submission, entered before a line of its code is read."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

from autograder.worker import FONTS, KERNELS, OWN_KERNEL

NEWNS, NEWIPC, NEWUSER, NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV = 0x1000, 0x4000, 0x40000, 0x2, 0x4
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
SIGKILL = 9
# What numerical libraries read of /proc; the rest, other processes above all, is covered.
PROC_FILES = ("cpuinfo", "meminfo", "stat", "filesystems", "version", "devices", "modules")

MAX_FILES = 16384  # in each private folder: names and inodes are memory, too, and no other limit counts them

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def set_dumpable(on: bool) -> None:
    """Whether processes of the same user may look into this one (ptrace, /proc/<pid>/…)."""
    _check(_libc.prctl(PR_SET_DUMPABLE, int(on), 0, 0, 0), "prctl")


def die_with_parent() -> None:
    """Be killed when the parent dies."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "prctl")


def enter_namespaces() -> None:
    """Own user, mount, ipc and (for children) pid namespaces; the user keeps its number."""
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(NEWUSER | NEWNS | NEWPID | NEWIPC), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    result = _libc.mount(
        source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags), options and options.encode()
    )
    _check(result, f"mount {target}")


def private_filesystem(scratch_bytes: int) -> None:
    """Fresh /tmp and /dev/shm of limited size, and a /proc that shows this process alone."""
    outer_pid = os.readlink("/proc/self")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    # An interpreter or environment below /tmp must stay in sight: it is shown again on top of what covers it.
    below = sorted({p for p in (sys.base_prefix, sys.prefix) if Path(p).is_relative_to("/tmp")})
    kept = {path: os.open(path, os.O_PATH) for path in below}
    for folder in ("/tmp", "/dev/shm"):
        _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"size={scratch_bytes},nr_inodes={MAX_FILES},mode=0700")
    for path, handle in kept.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{handle}", path, None, MS_BIND | MS_REC)
        os.close(handle)
    _cover_proc(outer_pid)
    os.chdir("/tmp")


def show_kernel(name: str) -> None:
    """Show a kernel the folder of its own sockets, and cover what it would share with other kernels."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount(f"{KERNELS}/{name}", OWN_KERNEL, None, MS_BIND)
    for shared in (KERNELS, FONTS):
        _mount("tmpfs", shared, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0700")


def _cover_proc(outer_pid: str) -> None:
    old = Path("/tmp/proc")
    old.mkdir()
    _mount("/proc", str(old), None, MS_BIND | MS_REC)
    _mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755")
    for name in PROC_FILES:
        if (old / name).exists():
            Path("/proc", name).touch()
            _mount(str(old / name), f"/proc/{name}", None, MS_BIND)
    for name, target in ((outer_pid, "self"), ("driver", "driver")):
        if (old / name).is_dir():
            Path("/proc", target).mkdir()
            _mount(str(old / name), f"/proc/{target}", None, MS_BIND | MS_REC)
    _check(_libc.umount2(str(old).encode(), MNT_DETACH), "umount")
    old.rmdir()


def drop_capabilities() -> None:
    """Give up the powers that entering a user namespace gave: no further mounts, no changes to the ones made."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def set_limits(*, cpu_seconds: int, memory: int, processes: int, file_size: int) -> None:
    """Resource limits of the kernel; `memory` counts on top of what the warm process already holds."""
    status = Path("/proc/self/status").read_text().splitlines()
    held = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData")), 0)
    for limit, value in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_DATA, held + memory),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bounded, bounded))
