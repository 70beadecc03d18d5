"""The other two ways to a submission: a plain subprocess on a student's machine, and the notebook's own process."""

import sys
import time

import numpy as np
import pytest
import torch

from autograder.errors import SandboxError
from autograder.sandbox.proxy import Handle, Submission
from autograder.sandbox.session import AnswerLost, AnswerMissing, AnswerProblem, AnswerRaised, AnswerTimeout, Session
from autograder.sandbox.transports import InProcess, Plain, _exit_text
from autograder.sandbox.usage import has_ended
from autograder.worker.service import Service

# plain ----------------------------------------------------------------------------------------------------------------

EVERYDAY = """
import os, random, sys, time
import numpy as np
import torch

def f(x): return x * 2
def net(): return torch.nn.Linear(2, 1)
def where(): return [module.__file__ for module in (random, np, torch, time) if hasattr(module, "__file__")]
def path(): return sys.path
def here(): return sorted(os.listdir("."))
def say():
    print("x" * 5000)
    print("to stderr", file=sys.stderr)
    os.write(1, b"below Python")
    os.system("echo from a shell")
    return "said"
def ask(): return input("Your name? ")
def read(): return sys.stdin.read()
def shell_reads(): return os.system("read line < /dev/stdin")
def leave(): sys.exit(3)
def vanish(): os._exit(0)
def work(rounds):
    for number in range(rounds): pass
def take(megabytes):  # torch alone is larger than the limit, which counts from there
    global kept
    kept = bytearray(megabytes * 2**20)
    while True: pass
def hang():
    while True: pass
def child():
    pid = os.fork()
    while pid == 0: time.sleep(0.01)
    return pid
"""


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder with files named like what a worker imports, as students name theirs."""
    for name in ("random", "torch", "numpy", "json", "types", "socket", "autograder", "notes"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the wrong {name}')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem_of(ask, *args):
    with pytest.raises(AnswerProblem) as caught:
        ask(*args)
    return caught.value


def test_everyday_life_in_a_plain_subprocess(examine, beside):
    """One story, because every worker costs an import of torch: each end of a worker is followed by a working one."""
    examined = examine(EVERYDAY, plain=True, check_seconds=1.0, limits={"memory": 100 * 2**20})
    submission = examined.submission
    assert examined.messages == [""]
    assert submission.f(np.ones(2)).tolist() == [2.0, 2.0]
    assert submission.net()(torch.ones(1, 2)).shape == (1, 1)

    assert not any(path.startswith(str(beside)) for path in submission.where())
    assert not {"", str(beside)} & set(submission.path())
    assert "random.py" in submission.here()  # it still runs in the student's folder
    assert isinstance(problem_of(lambda: submission.library("torch.nn").NoSuchLayer), AnswerRaised)
    assert submission.seconds("work", 10**6) > submission.seconds("f", 1)

    assert submission.say() == "said"
    assert examined.session.printed == 5001 + 10
    for name in ("ask", "read"):
        assert "it raised EOFError: input() gets no answer here" in str(problem_of(getattr(submission, name)))
    assert submission.shell_reads() != 0
    assert "it raised SystemExit: 3" in str(problem_of(submission.leave))

    problem = problem_of(submission.vanish)
    assert isinstance(problem, AnswerLost)
    assert str(problem) == "its process ended with exit status 0 (os._exit?)"
    assert submission.f(2) == 4

    assert str(problem_of(submission.take, 200)) == "it was stopped for using more than 100 MiB of memory"
    assert submission.f(3) == 6

    left = submission.child()
    problem = problem_of(submission.hang)
    assert isinstance(problem, AnswerTimeout)
    assert "it was not run again" in str(problem_of(submission.hang))
    for _ in range(5000):
        if has_ended(left):
            break
        time.sleep(0.002)  # killed, but nobody waits for it
    else:
        pytest.fail("a descendant is still running")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-11, "its process ended by a crash (segmentation fault)"),
        (-9, "its process ended by running out of memory or a kill"),
        (-6, "its process ended by signal 6"),
        (0, "its process ended with exit status 0 (os._exit?)"),
    ],
)
def test_the_end_of_a_process_in_words(code, words):
    assert _exit_text(code) == words


def test_a_worker_that_does_not_start_is_not_the_student_s_fault(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    plain = Plain({"returned": 2**20, "memory": 2**30, "processes": 9})
    with pytest.raises(SandboxError, match=r"did not start: its process ended with exit status 1.*autograder doctor"):
        plain.open()
    plain.close()


# in this process ------------------------------------------------------------------------------------------------------


def spoil(x):
    """Changes what it gets."""
    x[0] = 100
    return x


def spoil_dict(x):
    x["list"].append(1)
    x["array"].fill(7)


@pytest.fixture
def here():
    """A student's notebook: the submission is what this process holds."""
    net = torch.nn.Linear(2, 1)
    namespace = {"spoil": spoil, "spoil_dict": spoil_dict, "net": net, "make": lambda: net}
    session = Session(InProcess(lambda answer: Service(namespace, callback=answer)), ())
    session.start()
    yield Submission(session)
    session.close()


@pytest.mark.parametrize("x", [np.zeros(3), torch.zeros(3), [0, 0, 0]], ids=["array", "tensor", "list"])
def test_arguments_are_copies(here, x):
    assert here.spoil(x)[0] == 100
    assert list(x) == [0, 0, 0]


def test_arguments_are_copies_at_every_depth(here):
    x = {"list": [], "array": np.zeros(2)}
    here.spoil_dict(x)
    assert x["list"] == []
    assert x["array"].tolist() == [0.0, 0.0]


def test_results_are_copies():
    kept = {"array": np.zeros(2), "tensor": torch.zeros(2)}
    session = Session(InProcess(lambda answer: Service({"f": lambda: kept})), ())
    session.start()
    found = Submission(session).f()
    found["array"][0] = found["tensor"][0] = 9
    assert kept["array"].tolist() == kept["tensor"].tolist() == [0.0, 0.0]


def test_objects_stay_what_they_are(here):
    assert isinstance(here.make(), Handle)
    assert here.make().in_features == 2
    assert here.has("net")
    assert isinstance(problem_of(here.conv), AnswerMissing)


def test_a_closed_notebook_session_can_be_asked_again(here):
    here._session.close()
    assert here.has("net")
