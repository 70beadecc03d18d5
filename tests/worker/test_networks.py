"""Looking into networks: gradients of one pass and layers in running order, the network left as it was found."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from autograder.worker.networks import gradients, structure


class Block(nn.Module):
    """A module in a module, run in another order than it is defined in, with one layer run twice and one never."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(9, 9)
        self.last = nn.Linear(4, 2)
        self.inner = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, eps=1e-3), nn.ReLU())
        self.shared = nn.Linear(4, 4, bias=False)

    def forward(self, x):
        return self.last(self.shared(self.shared(self.inner(x))))


class Functional(nn.Module):
    """A network without layers: parameters and formulas."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 3))

    def forward(self, x):
        return functional.linear(x, self.weight)


class Moody(nn.Module):
    """Changes its mode, replaces one buffer and writes into another as it runs."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Dropout(0.5)
        self.register_buffer("count", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        self.count += 1
        self.mean = torch.ones(5, dtype=torch.float64)
        self.train(not self.training)
        return self.layer(x)


@pytest.fixture
def x():
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Block()


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def assert_untouched(net, before, *modes):
    assert [module.training for module in net.modules()] == list(modes[0])
    assert before.keys() == net.state_dict().keys()
    for name, value in net.state_dict().items():
        assert value.shape == before[name].shape
        assert torch.equal(value, before[name]), name


# structure ------------------------------------------------------------------------------------------------------------


def test_layers_come_in_running_order_once_per_call(net, x):
    order = [(layer["kind"], layer["name"]) for layer in structure(net, [x])]
    assert order == [
        ("Linear", "inner.0"),
        ("BatchNorm1d", "inner.1"),
        ("ReLU", "inner.2"),
        ("Linear", "shared"),
        ("Linear", "shared"),
        ("Linear", "last"),
    ]


def test_a_layer_tells_its_settings_parameters_buffers_and_mode(net, x):
    net.inner[1].eval()
    layers = structure(net, [x])
    norm, linear = layers[1], layers[-1]
    assert norm["settings"]["eps"] == 1e-3
    assert norm["settings"]["num_features"] == 4
    assert norm["training"] is False
    assert sorted(norm["buffers"]) == ["num_batches_tracked", "running_mean", "running_var"]
    assert linear["settings"] == {"in_features": 4, "out_features": 2, "training": True}
    assert torch.equal(linear["parameters"]["weight"], net.last.weight)
    assert not linear["parameters"]["weight"].requires_grad
    assert layers[3]["parameters"].keys() == {"weight"}


def test_tuples_of_numbers_are_settings_and_modules_are_not():
    (layer,) = structure(nn.Sequential(nn.Conv2d(1, 2, (3, 1), padding="same")), [torch.zeros(1, 1, 4, 4)])
    assert layer["settings"]["kernel_size"] == (3, 1)
    assert layer["settings"]["padding"] == "same"
    assert all(not isinstance(value, torch.Tensor | nn.Module) for value in layer["settings"].values())


def test_what_is_told_is_a_copy(net, x):
    structure(net, [x])[-1]["parameters"]["weight"].zero_()
    assert net.last.weight.abs().sum() > 0


@pytest.mark.parametrize("training", [True, False])
def test_structure_leaves_mode_buffers_and_hooks_as_found(net, x, training):
    net.train(training)
    net.inner[2].train()
    before, modes = state(net), [module.training for module in net.modules()]
    structure(net, [x])
    assert_untouched(net, before, modes)
    assert not any(module._forward_pre_hooks for module in net.modules())


def test_a_network_that_changes_itself_is_put_back(x):
    net = Moody()
    before, count = state(net), net.count
    structure(net, [x])
    gradients(net, [x], None, True)
    assert_untouched(net, before, [True, True])
    assert net.count is count
    net(x)
    assert net.count == 1


def test_a_network_that_raises_is_put_back_too(net):
    before = state(net)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        structure(net, [torch.zeros(2, 7)])
    assert_untouched(net, before, [True] * 8)
    assert not any(module._forward_pre_hooks for module in net.modules())


def test_a_functional_network_has_no_layers(x):
    assert structure(Functional(), [x]) == []


def test_a_single_layer_of_torch_is_a_network(x):
    assert [layer["kind"] for layer in structure(nn.Linear(3, 2), [x])] == ["Linear"]


def test_a_function_has_no_structure(x):
    with pytest.raises(TypeError, match=r"torch\.nn\.Module is needed, not a function"):
        structure(lambda x: x, [x])


# gradients ------------------------------------------------------------------------------------------------------------


def by_autograd(net, x, upstream):
    leaf = x.clone().requires_grad_()
    output = net(leaf)
    wanted = [leaf, *net.parameters()]
    grads = torch.autograd.grad(output, wanted, upstream, allow_unused=True)
    return output.detach(), grads[0], dict(zip((name for name, _ in net.named_parameters()), grads[1:], strict=True))


def test_gradients_are_autograd_s_own(net, x):
    net.eval()
    upstream = torch.arange(10.0).reshape(5, 2)
    output, wanted, parameters = by_autograd(net, x, upstream)
    found = gradients(net, [x], upstream, True)
    torch.testing.assert_close(found["output"], output)
    torch.testing.assert_close(found["inputs"], [wanted])
    assert found["parameters"].keys() == parameters.keys()
    assert found["parameters"]["unused.weight"] is None
    torch.testing.assert_close(found["parameters"]["shared.weight"], parameters["shared.weight"])
    assert not found["output"].requires_grad


def test_ones_are_the_upstream_gradient_when_none_is_given():
    found = gradients(Functional(), [torch.ones(4, 3)], None, True)
    assert found["parameters"]["weight"].tolist() == [[4.0] * 3] * 2


def test_an_upstream_gradient_of_another_dtype_is_converted():
    found = gradients(Functional(), [torch.ones(4, 3)], torch.ones(4, 2, dtype=torch.float64), True)
    assert found["inputs"][0].dtype == torch.float32


def test_inputs_that_have_no_gradient():
    def look_up(numbers, table, scale):
        return table[numbers] * scale

    found = gradients(look_up, [torch.tensor([0, 0, 1]), torch.ones(3), 2.0], None, True)
    assert found["inputs"][0] is None
    assert found["inputs"][1].tolist() == [4.0, 2.0, 0.0]
    assert found["inputs"][2] is None
    assert found["parameters"] == {}


def test_what_is_cut_off_from_all_that_could_learn_gives_no_gradients():
    found = gradients(lambda y: 2 * y.detach(), [torch.ones(3)], None, True)
    assert found["output"].tolist() == [2.0] * 3
    assert found["inputs"] == [None]


def test_the_input_itself_is_not_touched(x):
    before = x.clone()
    gradients(lambda y: y.mul_(2) if not y.requires_grad else y * 2, [x], None, True)
    assert torch.equal(x, before)
    assert x.grad is None


def test_a_module_without_parameters():
    found = gradients(nn.ReLU(), [torch.tensor([-1.0, 2.0])], None, True)
    assert found["inputs"][0].tolist() == [0.0, 1.0]
    assert found["parameters"] == {}


def test_gradients_leave_the_network_as_found(net, x):
    net(x).sum().backward()
    grads = {name: parameter.grad for name, parameter in net.named_parameters()}
    values = {name: None if grad is None else grad.clone() for name, grad in grads.items()}
    before = state(net)
    gradients(net, [x], None, True)
    assert_untouched(net, before, [True] * 8)
    for name, parameter in net.named_parameters():
        assert parameter.grad is grads[name]
        assert values[name] is None or torch.equal(parameter.grad, values[name])


def test_parameters_are_left_out_on_request(net, x):
    assert gradients(net, [x], None, False)["parameters"] == {}


def test_gradients_are_recorded_where_they_were_switched_off(net, x):
    with torch.no_grad():
        found = gradients(net, [x], None, True)
    assert found["inputs"][0].abs().sum() > 0
