"""The filter of system calls, instruction by instruction: what it decides on each machine for each call."""

import errno
import platform
import struct

import pytest

from autograder.worker import syscalls
from autograder.worker.syscalls import CLONE3, MACHINES, program

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
NEW_USER, THREAD = 0x10000000, 0x003D0F00


def decision(machine, number, first=0, audit=None, spare=()):
    """What the kernel would return: the few instructions of BPF that the filter uses, interpreted."""
    code = [struct.unpack("@HBBI", instruction) for instruction in program(machine, spare)]
    data = {0: number, 4: machine.audit if audit is None else audit, 16: first}
    place, value = 0, 0
    while True:
        kind, if_true, if_false, operand = code[place]
        place += 1
        if kind == 0x06:
            return operand
        if kind == 0x20:
            value = data[operand]
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: value & operand != 0}[kind]
            place += if_true if holds else if_false


@pytest.fixture(params=MACHINES)
def machine(request):
    return MACHINES[request.param]


def test_every_listed_call_is_refused(machine):
    assert {decision(machine, number) for number in machine.denied.values()} == {EPERM}
    for name in ("keyctl", "add_key", "unshare", "mount", "umount2", "setns", "ptrace", "process_vm_readv", "shmget"):
        assert name in machine.denied


def test_all_other_calls_are_allowed(machine):
    others = set(range(470)) - set(machine.denied.values()) - {CLONE3}
    assert {decision(machine, number) for number in others} == {ALLOW}


def test_clone_makes_threads_and_processes_but_no_namespaces(machine):
    assert decision(machine, machine.clone, THREAD) == ALLOW
    assert decision(machine, machine.clone, 17) == ALLOW
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, NEW_USER, 0x20000000, 0x40000000):
        assert decision(machine, machine.clone, flag | 17) == EPERM


def test_clone3_is_said_to_be_missing(machine):
    assert decision(machine, CLONE3) == ENOSYS


def test_another_machine_s_numbers_end_the_process(machine):
    assert decision(machine, 0, audit=0x40000003) == KILL


def test_the_calls_of_another_abi_are_missing(machine):
    assert decision(machine, 0x40000000 | 250) == ENOSYS


def test_a_call_can_be_spared(machine):
    number = machine.denied["memfd_create"]
    assert decision(machine, number, spare=("memfd_create",)) == ALLOW
    assert decision(machine, machine.denied["keyctl"], spare=("memfd_create",)) == EPERM


def test_an_unknown_machine_has_no_wall(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    with pytest.raises(OSError, match="no list of system calls for pdp11"):
        syscalls.forbid()
