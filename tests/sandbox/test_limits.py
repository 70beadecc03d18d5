"""Whatever a submission does to itself costs it that answer: the next is given, and so are those of other sessions."""

import pytest

from autograder.sandbox.session import AnswerLost, AnswerProblem, AnswerRaised, AnswerTimeout
from autograder.sandbox.usage import has_ended

FINE = "import os\ndef fine(x): return x + 1\n"


# time -----------------------------------------------------------------------------------------------------------------


def test_an_endless_loop_is_stopped_and_not_run_again(ends):
    words = "it was stopped after 0.5 seconds of computing"
    examined = ends("def do():\n    while True: pass", AnswerTimeout, words, 0.5)
    generation, computed = examined.session._generation, examined.session.compute_seconds
    with pytest.raises(AnswerTimeout, match=r"it was not run again: `do` hung before \(it was stopped after 0\.5 sec"):
        examined.ask("do")
    assert examined.ask("fine", 2) == 3
    assert examined.session._generation == generation
    assert examined.session.compute_seconds == computed


def test_an_endless_loop_in_a_library_is_stopped(ends):
    source = "import numpy\ndef do():\n    while True: numpy.ones(10**6).cumsum()"
    ends(source, AnswerTimeout, "seconds of computing", 0.5)


def test_an_endless_loop_that_catches_everything_is_stopped(ends):
    source = """
import signal
def do():
    for number in range(1, 65):
        try: signal.signal(number, lambda *args: None)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
"""
    ends(source, AnswerTimeout, "seconds of computing", 0.5)


def test_sleeping_is_stopped_on_the_clock(ends):
    ends(
        "import time\ndef do(): time.sleep(1000)", AnswerTimeout, "it was stopped after 0.5 seconds on the clock", 0.05
    )


def test_waiting_for_a_descendant_is_no_way_around_the_limit(ends):
    source = """
def do():
    pid = os.fork()
    while pid == 0: pass
    os.waitpid(pid, 0)
"""
    ends(source, AnswerTimeout, "seconds of computing", 0.5)


def test_a_submission_that_has_used_its_time_gets_no_more(examine):
    examined = examine("def spin():\n    while True: pass\ndef fine(): return 1", check_seconds=0.3, cpu_seconds=0.2)
    with pytest.raises(AnswerTimeout, match=r"stopped after 0\.3 seconds"):
        examined.ask("spin")
    with pytest.raises(AnswerTimeout, match=r"the whole submission has used its 0\.2 seconds of computing"):
        examined.ask("fine")


def test_the_kernel_s_own_limit_of_the_whole_submission_is_said_so(examine):
    limits = {"cpu_seconds": -4}  # one second in the worker, which gets five more than the grader counts
    examined = examine("def spin():\n    while True: pass", limits=limits, check_seconds=30, cpu_seconds=0.5)
    with pytest.raises(AnswerTimeout, match=r"the whole submission has used its 0\.5 seconds"):
        examined.ask("spin")


# memory, processes, files ---------------------------------------------------------------------------------------------


def test_a_memory_bomb_raises_in_its_own_line(ends):
    source = "def do():\n    parts = []\n    while True: parts.append(bytearray(10**7))"
    examined = ends(source, AnswerRaised, "it raised MemoryError", 10)
    with pytest.raises(AnswerRaised, match=r"cell 1, line 8: `while True: parts.append\(bytearray\(10\*\*7\)\)`"):
        examined.ask("do")


def test_a_tensor_too_large_for_the_memory(ends):
    source = "import torch\ndef do(): return torch.ones(2**34).sum()"
    ends(source, AnswerRaised, "can't allocate memory")


def test_memory_that_is_no_heap_is_counted_from_outside(ends):
    source = """
import mmap
def do():
    shared = mmap.mmap(-1, 2**30)
    for start in range(0, 2**30, 2**20): shared[start:start + 2**20] = b"x" * 2**20
    while True: pass
"""
    ends(source, AnswerProblem, "it was stopped for using more than 512 MiB of memory", 20)


def test_memory_of_descendants_is_counted_together(ends):
    source = """
def do():
    for _ in range(4):
        if os.fork() == 0:
            hoard = bytearray(200 * 2**20)
            for place in range(0, len(hoard), 4096): hoard[place] = 1
            while True: pass
    while True: pass
"""
    ends(source, AnswerLost, "it was stopped for using more than 512 MiB of memory", 30)


@pytest.mark.parametrize(
    "call", ["os.memfd_create('x')", "libc.shmget(0, 2**20, 0o1600)", "libc.mq_open(b'/x', 0o102, 0o600, None)"]
)
def test_stores_that_no_limit_counts_are_refused(examine, call):
    source = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def do():
    if {call} < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""
    with pytest.raises(AnswerRaised, match="Operation not permitted"):
        examine(source).ask("do")


def test_a_fork_bomb_ends(ends):
    source = """
def do():
    while True:
        try: os.fork()
        except OSError: pass
"""
    # The superuser's processes are not counted by the kernel: there the watch ends them all.
    ends(source, AnswerProblem, "it was stopped", 30)


def test_threads_and_processes_within_the_limit_are_fine(examine):
    source = """
import multiprocessing, threading
def threads():
    done = []
    all_of_them = [threading.Thread(target=done.append, args=(n,)) for n in range(6)]
    for thread in all_of_them: thread.start()
    for thread in all_of_them: thread.join()
    return sorted(done)
def processes():
    with multiprocessing.get_context("fork").Pool(2) as pool: return pool.map(abs, [-1, -2, -3])
"""
    examined = examine(source)
    assert examined.ask("threads") == [0, 1, 2, 3, 4, 5]
    assert examined.ask("processes") == [1, 2, 3]


def test_a_huge_file_is_refused(ends):
    source = """
def do():
    with open("/tmp/big", "wb") as file:
        for _ in range(100): file.write(b"x" * 2**20)
"""
    ends(source, AnswerRaised, "File too large")


def test_many_files_are_refused(ends):
    source = """
def do():
    for n in range(10**6):
        with open(f"/dev/shm/{n}", "wb") as file: pass
"""
    ends(source, AnswerRaised, "No space left on device", 20)


def test_all_files_together_have_a_limit(ends):
    source = """
def do():
    for n in range(10):
        with open(f"/tmp/{n}", "wb") as file: file.write(b"x" * 2**20)
"""
    ends(source, AnswerRaised, "No space left on device")


# what it says ---------------------------------------------------------------------------------------------------------


def test_a_gigabyte_printed_is_counted_and_dropped(examine):
    source = """
import os, sys
def say():
    for _ in range(1024): print("x" * 2**20)
    for _ in range(1024): print("x" * 1000, file=sys.stderr)
    for _ in range(1024): os.write(1, b"x" * 2**20)
    return "said"
"""
    examined = examine(source, check_seconds=5)
    assert examined.ask("say") == "said"
    assert examined.session.printed == 1024 * (2**20 + 1) + 1024 * 1001


RESULTS = {
    "too large": ("numpy.zeros(10**6)", "array of shape (1000000,) is larger than the limit on bytes returned"),
    "a view of one number": ("numpy.broadcast_to(numpy.zeros(1), (10**6, 10**6))", "larger than the limit"),
    "nested too deep": ("deep(1000)", "nested more than 40 levels deep"),
    "a list in itself": ("itself()", "nested more than 40 levels deep"),
    "endless": ("Endless()", "more than 500,000 elements"),
    "a number of a million digits": ("1 << 4 * 10**6", "more than 1000 digits"),
    "too much text": ("'x' * 2**21", "larger than the limit"),
    "too many brackets": ("'[' * 10**6 + '{' * 300_000", "too many parts"),
}


@pytest.mark.parametrize(("value", "words"), RESULTS.values(), ids=RESULTS.keys())
def test_a_result_that_cannot_be_graded_says_why(ends, value, words):
    source = f"""
import numpy
class Endless(list):
    def __iter__(self):
        while True: yield 1
def itself():
    value = []
    value.append(value)
    return value
def deep(levels):
    value = []
    for _ in range(levels): value = [value]
    return value
def do(): return {value}
"""
    ends(source, AnswerLost, "its result cannot be graded: ", 10, limits={"returned": 2**20 + 2**19})
    ends(source, AnswerLost, words, 10, limits={"returned": 2**20 + 2**19})


# how it ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [("sys.exit()", "it raised SystemExit"), ("exit(0)", "it raised"), ("raise_stop()", "it raised KeyboardInterrupt")],
)
def test_leaving_by_exception_is_an_exception(ends, call, words):
    ends(f"import sys\ndef raise_stop(): raise KeyboardInterrupt\ndef do(): {call}", AnswerRaised, words)


@pytest.mark.parametrize(
    "call",
    ["os._exit(0)", "ctypes.string_at(0)", "os.abort()", "os.execv('/bin/true', ['true'])"],
    ids=["os._exit", "segmentation fault", "abort", "exec"],
)
def test_an_end_of_the_process_is_the_end_of_one_answer(ends, call):
    ends(f"import ctypes\ndef do(): {call}", AnswerLost, "its process ended")


def test_a_kill_of_itself_reaches_nobody(examine):
    examined = examine(FINE + "import signal\ndef do():\n    os.kill(os.getpid(), signal.SIGKILL)\n    os.kill(-1, 9)")
    with pytest.raises(AnswerRaised, match="ProcessLookupError"):  # there is nobody else to kill
        examined.ask("do")
    assert examined.ask("fine", 1) == 2


def test_a_thread_left_running_does_not_answer_for_the_next_question(examine):
    source = (
        FINE
        + """
import threading, time
def do():
    for daemon in (True, False):
        threading.Thread(target=spin, daemon=daemon).start()
    return "left"
def spin():
    while True: time.sleep(0.001)
"""
    )
    examined = examine(source)
    assert examined.ask("do") == "left"
    assert [examined.ask("fine", n) for n in range(20)] == list(range(1, 21))


def test_a_process_left_running_ends_with_the_session(examine, wall):
    source = (
        FINE
        + """
import time
def do():
    if os.fork() == 0:
        os.setsid()
        while True: time.sleep(0.01)
    return "left"
"""
    )
    examined = examine(source)
    assert examined.ask("do") == "left"
    left = wall.processes_of(examined.session.transport._child)
    assert len(left) == 3
    examined.session.close()
    assert all(has_ended(pid) for pid in left)


# cells ----------------------------------------------------------------------------------------------------------------


def test_only_the_cells_that_fail_are_lost(examine):
    examined = examine(
        "def one(): return 1",
        "def two(): return 2\nraise ValueError('no')",
        "while True: pass",
        "import os\nos._exit(0)",
        "def three(): return one() + two()\nimport time\ntime.sleep(1000)",
        "def four(",
        "def five(): return one() + 4",
        check_seconds=0.2,
    )
    assert examined.cells == ["ok", "raised", "timeout", "exited", "timeout", "raised", "ok"]
    assert examined.ask("five") == 5
    assert examined.ask("two") == 2
    assert examined.messages[1] == "it raised ValueError: no\ncell 2, line 2: `raise ValueError('no')`"
    assert examined.messages[2] == "cell 3: it was stopped after 0.2 seconds of computing"
    assert "cell 4: its process ended" in examined.messages[3]
    with pytest.raises(AnswerProblem, match=r"`three` is not defined, because its cell did not run .* cell 5"):
        examined.ask("three")


def test_more_deadly_cells_than_one_start_survives(examine):
    examined = examine(*["import os\nos._exit(0)"] * 8, "def fine(): return 1")
    assert examined.ask("fine") == 1
    assert examined.cells == ["exited"] * 8 + ["ok"]


def test_a_clock_is_no_limit_while_the_machine_is_busy(examine):
    """CPU counts: time spent waiting within ten times the limit costs nothing."""
    examined = examine("import time\ndef nap(): time.sleep(0.6); return 1", check_seconds=0.2)
    assert examined.ask("nap") == 1
