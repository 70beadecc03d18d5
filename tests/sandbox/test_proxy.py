"""What checks talk to: functions, handles, libraries and probes, and their values behind the wall."""

import numpy as np
import pytest
import torch

from autograder.sandbox.proxy import Handle, Layer
from autograder.sandbox.session import AnswerLost, AnswerMissing, AnswerProblem, AnswerRaised

NETS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, hidden=4):
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.norm, self.fc2 = nn.Linear(3, hidden), nn.BatchNorm1d(hidden), nn.Linear(hidden, 2)
        self.name = "mine"
    def forward(self, x):
        return self.fc2(self.norm(self.fc1(x)).relu())
    def predict(self, x, *, top=1):
        return self(x).topk(top).indices

def make(hidden=4): return Net(hidden)
def count(net): return sum(p.numel() for p in net.parameters())
def double(x): x *= 2
"""


@pytest.fixture
def submission(examine):
    return examine(NETS).submission


@pytest.fixture
def x():
    return torch.arange(15.0).reshape(5, 3) / 7


# handles --------------------------------------------------------------------------------------------------------------


def test_an_object_stays_behind_the_wall_and_can_be_used(submission, x):
    net = submission.make(hidden=6)
    assert isinstance(net, Handle)
    assert (net.type_name, net.described) == ("Net", "a Net")
    assert net.name == "mine"
    assert net.fc1.out_features == 6
    assert net(x).shape == (5, 2)
    assert net.predict(x, top=2).shape == (5, 2)
    assert submission.count(net) == 3 * 6 + 6 + 12 + 14
    assert net.fc1.weight.shape == (6, 3)


def test_a_handle_can_be_set_and_indexed(submission):
    net = submission.make()
    net.set("name", "ours")
    net.fc2.set("bias", None)
    net.fc1.load_state_dict({"weight": torch.ones(4, 3), "bias": torch.zeros(4)})
    assert net.name == "ours"
    assert net.fc2.bias is None
    assert net.fc1.weight.tolist() == [[1.0] * 3] * 4
    layers = submission.library("torch.nn").Sequential(submission.library("torch.nn").Linear(3, 2))
    assert layers[0].in_features == 3


def test_a_missing_attribute_is_the_student_s_exception(submission):
    with pytest.raises(AnswerRaised, match="'Net' object has no attribute 'fc9'"):
        _ = submission.make().fc9


def test_values_change_only_where_they_are_kept(submission):
    array = np.ones(3)
    submission.double(array)
    assert array.tolist() == [1.0] * 3
    kept = submission.keep(array)
    submission.double(kept)
    assert kept.value().tolist() == [2.0] * 3
    assert array.tolist() == [1.0] * 3


def test_libraries_and_modules_made_there(submission, x):
    linear = submission.library("torch.nn").Linear(3, 4)
    assert linear.type_name == "Linear"
    assert linear(x).shape == (5, 4)
    with pytest.raises(AnswerRaised, match="no such reference: library"):
        submission.library("os").getcwd()


def test_has(submission):
    assert submission.has("make") is True
    assert submission.has("train") is False
    with pytest.raises(AnswerMissing, match="`train` is not defined"):
        submission.train()


def test_double_underscores_are_not_asked_for(submission):
    for remote in (submission, submission.make):
        with pytest.raises(AttributeError):
            _ = remote.__wrapped__


def test_a_tensor_can_be_placed(submission):
    placed = submission.on("meta", torch.ones(2, 3))
    assert submission.library("torch").relu(placed).type_name == "Tensor"
    with pytest.raises(AnswerRaised):
        submission.library("torch").relu(submission.on("nonsense", torch.ones(2)))


# gradients and structure ----------------------------------------------------------------------------------------------


def test_gradients_come_by_value(submission, x):
    net = submission.make()
    upstream = torch.ones(5, 2)
    found = net.gradients(x, upstream=upstream)
    assert found.output.shape == (5, 2)
    assert found.inputs[0].shape == x.shape
    assert list(found.parameters)[:2] == ["fc1.weight", "fc1.bias"]
    assert found.parameters["fc2.bias"].tolist() == [5.0, 5.0]
    assert net.gradients(x, wrt_parameters=False).parameters == {}
    assert net.norm.num_batches_tracked.item() == 0


def test_gradients_of_a_function(submission, x):
    found = submission.library("torch").tanh.gradients(x)
    torch.testing.assert_close(found.inputs[0], 1 - torch.tanh(x) ** 2)


def test_structure_comes_by_value(submission, x):
    layers = submission.make().structure(x)
    assert [layer.kind for layer in layers] == ["Linear", "BatchNorm1d", "Linear"]
    assert [layer.name for layer in layers] == ["fc1", "norm", "fc2"]
    assert isinstance(layers[0], Layer)
    assert layers[0].settings["in_features"] == 3
    assert layers[1].buffers["running_mean"].tolist() == [0.0] * 4
    assert layers[2].parameters["bias"].shape == (2,)
    assert layers[0].training is True


def test_structure_of_what_is_no_network_is_a_failure(submission):
    with pytest.raises(AnswerRaised, match=r"a torch\.nn\.Module is needed, not a list"):
        submission.keep([1]).structure(1)


FORGER = """
import autograder.worker.networks as networks
class Net: pass
def make(): return Net()
networks.gradients = lambda *args: ANSWER
networks.structure = lambda *args: ANSWER
"""
LAYER = "{'kind': 'Linear', 'name': '', 'settings': {}, 'parameters': {}, 'buffers': {}, 'training': True}"


@pytest.mark.parametrize(
    "answer",
    [
        "None",
        "7",
        "[]",
        "{}",
        "{'output': 1, 'inputs': [], 'parameters': {}}",
        "{'output': torch.ones(1), 'inputs': 7, 'parameters': {}}",
        "{'output': torch.ones(1), 'inputs': ['x'], 'parameters': {}}",
        "{'output': torch.ones(1), 'inputs': [], 'parameters': {'w': 1.0}}",
        "{'output': torch.ones(1), 'inputs': [], 'parameters': {'w': Net()}}",
    ],
)
def test_forged_gradients_are_a_failure(examine, answer):
    net = examine(f"import torch\n{FORGER}".replace("ANSWER", answer)).ask("make")
    with pytest.raises(AnswerLost, match="not an answer"):
        net.gradients()


@pytest.mark.parametrize(
    "answer",
    [
        "None",
        "{}",
        "'layers'",
        "[1]",
        "[{}]",
        f"[{LAYER} | {{'kind': 7}}]",
        f"[{LAYER} | {{'settings': []}}]",
        f"[{LAYER} | {{'training': 'yes'}}]",
        f"[{LAYER} | {{'parameters': {{'w': 'x'}}}}]",
        f"[{LAYER} | {{'buffers': {{'w': [1]}}}}]",
    ],
)
def test_a_forged_structure_is_a_failure(examine, answer):
    net = examine(FORGER.replace("ANSWER", answer)).ask("make")
    with pytest.raises(AnswerLost, match="not an answer"):
        net.structure()


def test_fields_beyond_the_known_ones_are_left_out(examine):
    net = examine(FORGER.replace("ANSWER", f"[{LAYER} | {{'extra': 1, 3: 4}}]")).ask("make")
    assert net.structure() == [Layer("Linear", "", {}, {}, {}, True)]


def test_a_forged_handle_is_a_failure(examine):
    source = """
from autograder.worker.service import Service
Service._do_keep = lambda self, value: value
Service._do_has = lambda self, name: 1
"""
    submission = examine(source).submission
    with pytest.raises(AnswerLost, match="not an answer"):
        submission.keep(np.ones(2))
    assert submission.has("anything") is False


# probes ---------------------------------------------------------------------------------------------------------------

PROBES = """
def parameters(net): return sorted(name for name, _ in net.named_parameters())
def call_twice(student, x): return [student.make()(x).shape, student.count(student.make())]
def broken(student): return student.nothing_like_it
"""


def test_probes_take_live_objects_and_see_the_student_s_names(examine, x):
    submission = examine(NETS, probes=PROBES).submission
    net = submission.make()
    assert submission.probe.parameters(net)[0] == "fc1.bias"
    assert submission.probe("call_twice", x) == [(5, 2), 34]
    with pytest.raises(AnswerProblem, match="nothing_like_it"):
        submission.probe.broken()


# seconds --------------------------------------------------------------------------------------------------------------

WORK = """
import os, threading, time
def work(rounds):
    total = 0
    for number in range(rounds): total += number
    return total
def in_a_thread(rounds):
    thread = threading.Thread(target=work, args=(rounds,))
    thread.start()
    thread.join()
def in_a_process(rounds):
    pid = os.fork()
    if pid == 0:
        work(rounds)
        os._exit(0)
    os.waitpid(pid, 0)
def lying(rounds):
    time.process_time = time.perf_counter = time.thread_time = time.time = time.monotonic = lambda: 0.0
    time.clock_gettime = lambda clock: 0.0
    work(rounds)
def asleep(): time.sleep(0.3)
"""
ROUNDS = 3_000_000


def test_computing_is_measured_from_outside(examine):
    submission = examine(WORK).submission
    little = submission.seconds("work", 10)
    least = 20 * max(little, 1e-4)
    for name in ("work", "in_a_thread", "in_a_process", "lying"):
        assert submission.seconds(name, ROUNDS) > least, name
    assert 0 <= submission.seconds("asleep") < 0.3
    assert little >= 0


def test_the_result_of_a_measured_call_stays_behind_the_wall(examine):
    submission = examine("def f(): return bytes(10**7)").submission  # ten times what may be returned
    assert submission.seconds("f") >= 0


def test_a_measured_call_that_raises_is_a_failure(examine):
    with pytest.raises(AnswerRaised, match="ZeroDivisionError"):
        examine("def f(): 1 / 0").submission.seconds("f")
