"""What the proxy cannot say, or only in many words: a network filled anew, and modules for counting and hooks.

Nothing here knows an expected value.
"""

import torch
from torch import nn

# The student's network ---------------------------------------------------------------------------------------------


def fill(net: nn.Module, images: torch.Tensor, seed: int) -> None:
    """Run a network once in training mode, so that lazy layers find their sizes; draw its state anew.

    Parameters get values of both signs, vectors none near 0. Buffers get positive ones: variances are among them.
    """
    net.train()
    net(images)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in net.parameters():
            drawn = torch.rand(value.shape, generator=generator)
            if sum(size > 1 for size in value.shape) > 1:
                value.copy_((2 * drawn - 1) * (3 / value[0].numel()) ** 0.5)
            else:
                signs = torch.randint(0, 2, value.shape, generator=generator) * 2 - 1
                value.copy_(signs * (0.5 + drawn))
        for value in net.buffers():
            if value.is_floating_point():
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))


def values(net: nn.Module) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Parameters and buffers of a network by name, each once."""
    parameters = {name: value.detach().clone() for name, value in net.named_parameters()}
    return parameters, {name: value.clone() for name, value in net.named_buffers()}


# Modules for count_parameters and feature_shapes ---------------------------------------------------------------------


class Own(nn.Module):
    """A module with a parameter, a single number and a buffer of its own, and layers two levels down."""

    def __init__(self, outer: int, inner: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.ones(outer, 3))
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("average", torch.zeros(outer))
        self.parts = nn.ModuleList([nn.Sequential(nn.Linear(outer, inner), nn.Sequential(nn.BatchNorm1d(inner)))])


def own(outer: int, inner: int) -> Own:
    """3·outer + 1 numbers of its own, outer·inner + inner in a Linear, 2·inner in a batch norm."""
    return Own(outer, inner)


def partly_frozen(channels: int, classes: int) -> nn.Module:
    """A convolution, all frozen; a batch norm of 2·channels numbers; a Linear whose bias is frozen."""
    net = nn.Sequential(nn.Conv2d(2, channels, 3), nn.BatchNorm2d(channels), nn.Linear(channels, classes))
    for parameter in (net[0].weight, net[0].bias, net[2].bias):
        parameter.requires_grad_(False)
    return net


def shared(width: int) -> nn.Module:
    """Two Linear layers of width² + width numbers each, that share their weight, and a batch norm of 2·width."""
    first, second = nn.Linear(width, width), nn.Linear(width, width)
    second.weight = first.weight
    return nn.Sequential(first, nn.BatchNorm1d(width), nn.Tanh(), second)


class Winding(nn.Module):
    """Children in another order than they run in; one runs twice, one never, and not all that happens is a child."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.last = nn.Linear(channels, classes)
        self.idle = nn.Linear(3, 4)
        self.shrink = nn.AvgPool2d(2)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.first = nn.Sequential(nn.Conv2d(1, channels, 3), nn.BatchNorm2d(channels))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Images (N, 1, H, W) to (N, classes)."""
        maps = self.shrink(self.first(images).relu())
        maps = self.shrink(self.mix(maps) + maps)
        return self.last(maps.mean(dim=(2, 3)))


def winding(channels: int, classes: int) -> Winding:
    """A new Winding, in training mode; the same weights every time."""
    torch.manual_seed(1)
    return Winding(channels, classes)


def hooks(net: nn.Module) -> int:
    """How many hooks are registered anywhere in a network."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in net.modules() for kind in kinds)


# weight_init ---------------------------------------------------------------------------------------------------------


def marked(net: nn.Module) -> nn.Module:
    """The same network with every parameter and every buffer of fractions set to 3, so that changes show."""
    with torch.no_grad():
        for value in [*net.parameters(), *net.buffers()]:
            if value.is_floating_point():
                value.fill_(3.0)
    return net


def trainable(net: nn.Module) -> list[bool]:
    """Whether each parameter of a network is a leaf that requires a gradient."""
    return [value.is_leaf and value.requires_grad for value in net.parameters()]
