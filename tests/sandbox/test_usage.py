"""What processes use, seen from outside: threads, children and the ended ones are in the account."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from autograder.sandbox.usage import children, descendants, has_ended, precise_cpu, usage_of, waited_cpu

BUSY = "n = 0\nfor i in range(3_000_000): n += i\n"


@pytest.fixture
def start():
    """Start Python code in a process that says when it is ready and then waits."""
    started = []

    def run(code):
        process = subprocess.Popen([sys.executable, "-c", f"{code}\nprint('ready', flush=True)\ninput()"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_a_process_and_its_descendants(start):
    process = start("import subprocess, sys\nsubprocess.Popen(['sleep', '1000'])")
    (sleeper,) = children(process.pid)
    assert process.pid in children(os.getpid())
    assert {process.pid, sleeper} <= set(descendants(os.getpid()))
    usage = usage_of([process.pid, sleeper])
    assert usage.processes == 2
    assert usage.memory >= usage_of([process.pid]).memory > 0
    os.kill(sleeper, signal.SIGKILL)


def test_computing_of_ended_threads_is_counted(start):
    idle = start("")
    busy = start(f"import threading\ndef f():\n    {BUSY.replace(chr(10), chr(10) + '    ')}\n    return n\n"
                 "t = threading.Thread(target=f)\nt.start()\nt.join()")  # fmt: skip
    assert precise_cpu([busy.pid]) > precise_cpu([idle.pid]) + 0.02


def test_computing_of_ended_children_is_counted_once_they_are_waited_for(start):
    busy = start(f"import os\nif os.fork() == 0:\n    exec('''{BUSY}''')\n    os._exit(0)\nos.wait()")
    assert waited_cpu([busy.pid]) >= 0.02
    assert usage_of([busy.pid]).cpu_seconds >= waited_cpu([busy.pid])


def test_what_is_gone_uses_nothing(start):
    process = start("")
    assert not has_ended(process.pid)
    process.kill()
    while not has_ended(process.pid):
        time.sleep(0.001)
    process.communicate()
    assert has_ended(process.pid)
    assert children(process.pid) == descendants(process.pid) == []
    assert precise_cpu([process.pid]) == waited_cpu([process.pid]) == 0
    assert usage_of([process.pid]).memory == 0


def test_children_of_any_thread_are_found():
    started = []
    thread = threading.Thread(target=lambda: started.append(subprocess.Popen(["sleep", "1000"])))
    thread.start()
    thread.join()
    assert started[0].pid in children(os.getpid())
    started[0].kill()
    started[0].wait()
