"""A filter of system calls for one submission: no way back to the powers it gave up, no store that outlives it.

Namespaces hide other processes and files. What they leave is refused here: kernel keyrings (shared by all that one user
runs), memory no limit counts (memfd, System V segments), and the calls that make namespaces, mount or trace, each of
which has opened walls before.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator
from typing import NamedTuple


class _Machine(NamedTuple):
    """What the filter knows of a processor: its audit number, its own number of seccomp(2), and denied calls."""

    audit: int
    seccomp: int
    clone: int
    denied: dict[str, int]


_X86_64 = {
    "shmget": 29, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103, "pivot_root": 155, "chroot": 161,
    "acct": 163, "mount": 165, "umount2": 166, "init_module": 175, "quotactl": 179, "mq_open": 240, "add_key": 248,
    "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "memfd_create": 319, "bpf": 321,
    "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "quotactl": 60, "acct": 89, "unshare": 97,
    "init_module": 105, "syslog": 116, "ptrace": 117, "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194,
    "add_key": 217, "request_key": 218, "keyctl": 219, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
    "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273, "memfd_create": 279, "bpf": 280,
    "userfaultfd": 282,
}  # fmt: skip
# Calls added since 2019 have one number on all machines.
_ANYWHERE = {
    "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_getfd": 438,
    "mount_setattr": 442, "memfd_secret": 447,
}  # fmt: skip
CLONE3 = 435
MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 56, _X86_64 | _ANYWHERE),
    "aarch64": _Machine(0xC00000B7, 277, 220, _AARCH64 | _ANYWHERE),
}

LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, AUDIT, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; both machines are little-endian
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
OTHER_ABI = 0x40000000  # x32 on x86_64: the same calls under other numbers
NEW_NAMESPACES = 0x7E020000  # clone's flags for mount, cgroup, uts, ipc, user, pid and net namespaces
SET_MODE_FILTER, SPEC_ALLOW = 1, 4  # without SPEC_ALLOW, kernels before 5.16 slow the whole process down


def forbid(*, spare: tuple[str, ...] = ()) -> None:
    """Refuse those calls from now on, here and in all descendants; `spare` names some to allow.

    Needs no_new_privs. Raises OSError where the kernel or the processor has no such filter.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"there is no list of system calls for {platform.machine()}")
    code = b"".join(program(machine, spare))
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(machine.seccomp, SET_MODE_FILTER, SPEC_ALLOW, header) != 0:
        raise OSError(ctypes.get_errno(), "seccomp refused the filter")


def program(machine: _Machine, spare: tuple[str, ...]) -> Iterator[bytes]:
    """The filter, instruction by instruction. A jump's two distances count instructions to skip if true, if false."""
    yield _instruction(LOAD, AUDIT)
    yield _instruction(IF_EQUAL, machine.audit, 1, 0)
    yield _instruction(RETURN, KILL)
    yield _instruction(LOAD, NUMBER)
    yield _instruction(IF_AT_LEAST, OTHER_ABI, 0, 1)
    yield _instruction(RETURN, REFUSE | errno.ENOSYS)
    for name, number in machine.denied.items():
        if name not in spare:
            yield _instruction(IF_EQUAL, number, 0, 1)
            yield _instruction(RETURN, REFUSE | errno.EPERM)
    # clone3 keeps its flags in memory, where no filter sees them; told it is missing, every libc falls back to clone.
    yield _instruction(IF_EQUAL, CLONE3, 0, 1)
    yield _instruction(RETURN, REFUSE | errno.ENOSYS)
    yield _instruction(IF_EQUAL, machine.clone, 0, 3)
    yield _instruction(LOAD, FIRST_ARGUMENT)
    yield _instruction(IF_ANY_BIT, NEW_NAMESPACES, 0, 1)
    yield _instruction(RETURN, REFUSE | errno.EPERM)
    yield _instruction(RETURN, ALLOW)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("@HBBI", code, if_true, if_false, value)
