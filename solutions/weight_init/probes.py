"""What the proxy cannot say: functions called on live parameters, networks with classes of their own, what changed.

Nothing here knows an expected value.
"""

from types import SimpleNamespace

import torch
from torch import nn

# These two stand in for the student's own where an answer is built on them: torch has them, too.


def xavier_normal_(weight: torch.Tensor) -> torch.Tensor:
    """Torch's own."""
    return nn.init.xavier_normal_(weight)


def he_normal_(weight: torch.Tensor) -> torch.Tensor:
    """Torch's own."""
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


def returned_by(student: SimpleNamespace, name: str, layer: nn.Module) -> dict[str, bool]:
    """Call the student's `name` on the live weight of `layer`; what came back, and what became of the parameter."""
    weight = layer.weight
    frozen = not weight.requires_grad
    result = getattr(student, name)(weight)
    tensor = isinstance(result, torch.Tensor)
    return {
        "nothing": result is None,
        "tensor": tensor,
        "same": result is weight,
        "alias": tensor and result.data_ptr() == weight.data_ptr(),
        "leaf": weight.is_leaf,
        "frozen": not weight.requires_grad,
        "was_frozen": frozen,
    }


class Scaled(nn.Linear):
    """A linear layer under a name of its own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Twice what nn.Linear gives."""
        return 2 * super().forward(x)


class CausalConv(nn.Conv1d):
    """A convolution under a name of its own, which says what it is."""


class Whitening(nn.BatchNorm1d):
    """A batch norm under a name of its own."""


class LinearBlend(nn.Module):
    """No nn.Linear, whatever it is called: it has a weight and a bias of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(7, 5))
        self.bias = nn.Parameter(torch.empty(7))


class ConvNet(nn.Module):
    """A container with neither weight nor bias, and layers in a list, in a dict and in containers of containers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleList([nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6)])
        self.second = nn.ModuleDict({"deep": nn.Sequential(nn.Sequential(nn.Conv1d(4, 6, 3), nn.Linear(20, 4)))})
        self.third = nn.Sequential(nn.Conv3d(2, 6, 2), nn.BatchNorm3d(6), nn.Linear(6, 20))
        self.last = nn.BatchNorm1d(30)


def convnet() -> nn.Module:
    """A new ConvNet."""
    return ConvNet()


def subclasses() -> nn.Module:
    """One subclass of each kind."""
    return nn.Sequential(Scaled(12, 10), CausalConv(5, 8, 3), Whitening(30))


def others() -> nn.Module:
    """Modules that `weight_init` has no business with, most of them with a weight and a bias; 6 is a Linear."""
    return nn.Sequential(
        nn.LayerNorm(6),
        nn.GroupNorm(2, 6),
        nn.InstanceNorm2d(6, affine=True, track_running_stats=True),
        nn.Embedding(5, 6),
        nn.PReLU(3),
        LinearBlend(),
        nn.Linear(6, 5),
        nn.Bilinear(3, 4, 5),
    )


def without_parameters() -> nn.Module:
    """Every kind of layer without a bias, and batch norms without any parameter."""
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, bias=False),
        nn.BatchNorm2d(5, affine=False),
        nn.Linear(9, 7, bias=False),
        nn.BatchNorm1d(7, affine=False),
        nn.Conv1d(3, 5, 2, bias=False),
    )


def fill(net: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """Give every parameter and every floating buffer of a new network random numbers; its state by name."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in (*net.parameters(), *net.buffers()):
            if value.is_floating_point():
                value.copy_(2 + torch.rand(value.shape, generator=generator))
            else:
                value.fill_(7)  # the number of batches seen
    return state(net)


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """Every parameter and buffer by name."""
    return {name: value.detach().clone() for name, value in (*net.named_parameters(), *net.named_buffers())}


class Memory:
    """The parameters of a network as objects, and which of them required gradients."""

    def __init__(self, net: nn.Module) -> None:
        self.parameters = {name: (value, value.requires_grad, value.dtype) for name, value in net.named_parameters()}


def remember(net: nn.Module, frozen: str) -> Memory:
    """What the parameters of `net` are now, after the one called `frozen` was frozen."""
    dict(net.named_parameters())[frozen].requires_grad_(False)
    return Memory(net)


def changes(memory: Memory, net: nn.Module) -> dict[str, list[str]]:
    """Names of the parameters that are other objects now, or no leaves, or differ in requires_grad or dtype."""
    now = dict(net.named_parameters())
    kept = {name: was for name, was in memory.parameters.items() if name in now}
    return {
        "missing": [name for name in memory.parameters if name not in now],
        "replaced": [name for name, was in kept.items() if now[name] is not was[0]],
        "no_leaf": [name for name in kept if not now[name].is_leaf],
        "other_grad": [name for name, was in kept.items() if now[name].requires_grad != was[1]],
        "other_dtype": [name for name, was in kept.items() if now[name].dtype != was[2]],
    }
