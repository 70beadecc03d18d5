"""What a session says about answers: where the student's code raised, what is missing, what happened to handles."""

import hashlib

import pytest

from autograder.errors import SandboxError
from autograder.sandbox.session import (
    AnswerLost,
    AnswerMissing,
    AnswerProblem,
    AnswerRaised,
    AnswerTimeout,
    Session,
)
from autograder.sandbox.transports import InProcess, WorkerGone
from autograder.submission import CodeCell
from autograder.worker.service import Service


def problem_of(ask, *args, **kwargs):
    """The problem that asking ends in."""
    with pytest.raises(AnswerProblem) as caught:
        ask(*args, **kwargs)
    return caught.value


# exceptions in words --------------------------------------------------------------------------------------------------


def test_an_exception_names_kind_text_cell_and_line(examine):
    examined = examine("import numpy as np", "def forward(x):\n    y = x * 2\n    return y @ np.ones(3)")
    problem = problem_of(examined.submission.forward, [1.0])
    assert isinstance(problem, AnswerRaised)
    assert problem.outcome == "failed"
    first, second = str(problem).split("\n")
    assert first.startswith("it raised ValueError: matmul: Input operand 1 has a mismatch in its core dimension")
    assert second == "cell 2, line 3: `return y @ np.ones(3)`"
    assert "ValueError" in problem.kinds


def test_a_wrong_number_of_arguments_is_said_as_python_says_it(examine):
    problem = problem_of(examine("def im2col(images): pass").submission.im2col, 1, 2, stride=3)
    assert str(problem) == "it raised TypeError: im2col() got an unexpected keyword argument 'stride'"


def test_an_exception_of_the_student_s_own_kind(examine):
    source = "class TooSmall(ValueError): pass\ndef f(): raise TooSmall('no room')"
    problem = problem_of(examine(source).submission.f)
    assert problem.kinds[:3] == ("TooSmall", "TooSmall", "ValueError")


def test_a_syntax_error_loses_its_cell_and_says_where(examine):
    examined = examine("def f(): return 1", "def g(:\n    pass", "def h(): return 3")
    assert examined.cells == ["ok", "raised", "ok"]
    assert examined.messages[1] == "it raised SyntaxError: invalid syntax\ncell 2, line 1: `def g(:`"
    problem = problem_of(examined.submission.g)
    assert isinstance(problem, AnswerMissing)
    assert str(problem).startswith("`g` is not defined, because its cell did not run to the end. it raised SyntaxError")


def test_a_missing_name_says_where_it_belongs(examine):
    examined = examine("def f(): return 1", places={"col2im": "Backward"})
    problem = problem_of(examined.submission.col2im, 1)
    assert problem.outcome == "missing"
    assert str(problem) == "`col2im` is not defined: add it in the cell under *Backward*"
    assert str(problem_of(examined.submission.pool)) == "`pool` is not defined: add it"


def test_long_and_odd_texts_are_cut_and_cleaned(examine):
    source = "def f(): raise ValueError('\\ud800' + 'x' * 5000)\ndef g(): raise ValueError"
    text = str(problem_of(examine(source).submission.f))
    assert text.startswith("it raised ValueError: ?xxx")
    assert "x [+1400 characters]" in text
    text.encode()
    assert str(problem_of(examine(source).submission.g)).startswith("it raised ValueError\ncell 1, line 2")


# stubs ----------------------------------------------------------------------------------------------------------------

STUBS = """
import torch
def col2im(x):
    # YOUR CODE HERE
    raise NotImplementedError()
def backward(x): return col2im(x)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()
class Layer(torch.nn.Module):
    def forward(self, x): raise NotImplementedError()
def make(): return Layer()
def no_such_kernel(): return torch.ones(1, dtype=torch.complex64).floor()
def unfinished(): return torch.nn.Module()(1)
"""


def test_a_stub_is_missing(examine):
    problem = problem_of(examine(STUBS).submission.col2im, 1)
    assert isinstance(problem, AnswerMissing)
    assert str(problem) == "`col2im` is not implemented yet: it still raises NotImplementedError"


def test_a_stub_that_another_answer_calls_is_named(examine):
    problem = problem_of(examine(STUBS).submission.backward, 1)
    assert str(problem) == (
        "`col2im`, which backward calls, is not implemented yet: it still raises NotImplementedError"
    )


def test_stubs_in_classes(examine):
    submission = examine(STUBS).submission
    assert str(problem_of(submission.Net)).startswith("`Net.__init__` is not implemented yet")
    assert str(problem_of(submission.make(), 1)).startswith("`Layer.forward` is not implemented yet")


def test_what_a_library_does_not_have_is_no_stub(examine):
    problem = problem_of(examine(STUBS).submission.no_such_kernel)
    assert isinstance(problem, AnswerRaised)
    assert "cell 1, line 15: `def no_such_kernel()" in str(problem)
    assert isinstance(problem_of(examine(STUBS).submission.unfinished), AnswerRaised)


# handles --------------------------------------------------------------------------------------------------------------

DEADLY = """
import os
import torch
def make(): return torch.nn.Linear(2, 1)
def die(): os._exit(0)
def rows(net): return net.in_features
"""


def test_a_handle_of_an_ended_worker_says_so(examine):
    examined = examine(DEADLY)
    net = examined.ask("make")
    assert examined.ask("rows", net) == 2
    assert isinstance(problem_of(examined.submission.die), AnswerLost)
    for ask in (net, lambda: net.in_features, lambda: examined.ask("rows", net), net.value):
        problem = problem_of(ask)
        assert isinstance(problem, AnswerLost)
        assert str(problem) == "its process ended in an earlier step of this check"
    assert examined.ask("rows", examined.ask("make")) == 2


def test_a_handle_of_another_worker_is_not_taken_for_one_of_this(examine):
    examined = examine(DEADLY)
    old = examined.ask("make")
    problem_of(examined.submission.die)
    new = examined.ask("make")
    assert new.wire_ref == old._ref  # the same number, another value
    assert str(problem_of(examined.submission.rows, old)) == "its process ended in an earlier step of this check"


# records --------------------------------------------------------------------------------------------------------------


def test_what_was_asked_and_answered_is_kept_for_messages(examine):
    examined = examine("def f(a, b=2): return a + b\ndef g(): return 1 / 0")
    examined.ask("f", 1, b=3)
    problem_of(examined.submission.g)
    first, second = examined.session.trace
    assert (first.tried, first.value, first.problem) == ("f(1, b=3)", 4, None)
    assert second.tried == "g()"
    assert second.problem.kinds[0] == "ZeroDivisionError"


def test_cells_are_recorded_with_the_hash_of_what_was_run(examine):
    examined = examine("x = 1", "raise SystemExit")
    records = [state.record() for state in examined.session.outcomes.values()]
    assert records[0] == {
        "id": "answer-1",
        "label": "cell 1",
        "sha256": hashlib.sha256(b"x = 1").hexdigest(),
        "outcome": "ok",
        "message": "",
    }
    assert records[1]["outcome"] == "raised"
    assert records[1]["message"] == "it raised SystemExit\ncell 2, line 1: `raise SystemExit`"


def test_computing_is_booked_over_all_workers(examine):
    source = "def work():\n    for _ in range(2_000_000): pass\ndef die():\n    import os; work(); os._exit(0)"
    examined = examine(source)
    problem_of(examined.submission.die)
    first = examined.session.compute_seconds
    assert first > 0
    examined.ask("work")
    examined.session.close()
    assert examined.session.compute_seconds > first


# our own part ---------------------------------------------------------------------------------------------------------


def test_probes_are_loaded_before_the_submission_can_be_in_the_way(examine):
    hostile = "import builtins\nbuiltins.exec = builtins.compile = None\ndef f(): return 1"
    examined = examine(hostile, probes="def probe(student): return student.f() + 1")
    assert examined.cells == ["ok"]
    assert examined.submission.probe.probe() == 2


def test_probes_that_do_not_run_are_our_fault(examine):
    with pytest.raises(SandboxError, match=r"probes\.py does not run: it raised NameError.*Correct it"):
        examine("x = 1", probes="nonsense")


def test_a_submission_that_takes_its_worker_apart_is_a_submission_without_answers(examine):
    source = """
import autograder.worker.service as service
service.Service._do_given = None
def f(): return 1
"""
    examined = examine(source, given={"g": lambda: 1})  # nothing is raised here
    problem = problem_of(examined.submission.f)
    assert isinstance(problem, AnswerLost)
    assert "its cells end the process again and again" in str(problem)


class Dying:
    """A transport whose worker ends at each of a list of requests, and counts how it is used."""

    def __init__(self, deadly):
        self.deadly, self.opened, self.asked = set(deadly), 0, []
        self.inner = InProcess(lambda answer: Service({}, callback=answer))

    def open(self):
        self.opened += 1
        self.inner.open()

    def request(self, message, seconds, answer):
        self.asked.append(message[0]["op"])
        if len(self.asked) in self.deadly:
            raise WorkerGone("it was stopped", timeout=len(self.asked) % 2 == 0)
        return self.inner.request(message, seconds, answer)

    def cpu_seconds(self):
        return 0.0

    def total_cpu_seconds(self):
        return 1.5

    def close(self):
        self.inner.close()


def session_over(transport, *sources, **options):
    cells = [CodeCell(f"c{n}", f"cell {n}", text, "answer") for n, text in enumerate(sources)]
    return Session(transport, cells, **options)


def test_a_cell_that_ended_a_worker_is_left_out_of_the_next():
    transport = Dying(deadly=[2])
    session = session_over(transport, "x = 1", "y = 1", "z = 1")
    session.start()
    assert [state.outcome for state in session.outcomes.values()] == ["ok", "timeout", "ok"]
    assert (transport.opened, transport.asked) == (2, ["cell"] * 4)
    assert session.compute_seconds == 1.5


def test_nothing_is_started_twice_for_nothing():
    transport = Dying(deadly=[])
    session = session_over(transport, "x = 1")
    session.start()
    session.ask("has", "x")
    session.ask("has", "x")
    session.close()
    assert transport.opened == 1


def test_a_submission_beyond_its_time_is_not_started_again():
    transport = Dying(deadly=[2, 3])
    session = session_over(transport, "x = 1", cpu_seconds=1.0)
    session.start()
    problem = problem_of(session.ask, "has", "x")
    assert isinstance(problem, AnswerTimeout)
    assert str(problem_of(session.ask, "has", "x")) == "the whole submission has used its 1 seconds of computing"
    assert transport.opened == 1
