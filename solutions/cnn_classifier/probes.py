"""What the proxy cannot say, or only in many words: networks built in one call, their state, and what they were shown.

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


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """The state of a network by name."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


# Networks for train and predict --------------------------------------------------------------------------------------


def network(
    channels: int, filter_size: int, rows: int, classes: int, norm: bool, state: dict[str, torch.Tensor]
) -> nn.Module:
    """A small convolutional network that returns logits, with the given state; `rows` is what reaches its head."""
    torch.backends.cudnn.allow_tf32 = False  # half the digits of float32 are too few for a comparison
    # No bias before batch norm: its gradient is rounding noise, which Adam would blow up.
    first = nn.Conv2d(1, channels, filter_size, bias=not norm)
    middle = [nn.BatchNorm2d(channels)] if norm else []
    net = nn.Sequential(first, *middle, nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(rows, classes))
    net.load_state_dict(state)
    return net


class Recorder(nn.Module):
    """A linear classifier that notes at every call its mode, whether gradients are on, and each row's first pixel."""

    def __init__(self, pixels: int, classes: int) -> None:
        super().__init__()
        self.last = nn.Linear(pixels, classes)
        nn.init.zeros_(self.last.weight)  # the same start every time, so that two runs can be compared
        nn.init.zeros_(self.last.bias)
        self.seen: list[tuple[bool, bool, list[float]]] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) of images."""
        rows = images.reshape(len(images), -1)
        self.seen.append((self.training, torch.is_grad_enabled(), rows.detach()[:, 0].tolist()))
        return self.last(rows)


def recorder(pixels: int, classes: int) -> Recorder:
    """A new Recorder, in training mode."""
    return Recorder(pixels, classes)


def seen(net: Recorder) -> list[tuple[bool, bool, list[float]]]:
    """(training mode, gradients recorded, first pixel of each row) of every call so far."""
    return list(net.seen)


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


def modes(net: nn.Module) -> list[bool]:
    """Whether each module of a network is in training mode."""
    return [module.training for module in net.modules()]


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
