"""Probes for every assignment that trains on images: a small network built in one call, and what a network was shown.

Nothing here knows an expected value.
"""

import torch
from torch import nn


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """The state of a network by name."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def small_network(
    size: tuple[int, int],
    takes: str,
    channels: int,
    filter_size: int,
    rows: int,
    classes: int,
    norm: bool,
    log_probabilities: bool,
    state: dict[str, torch.Tensor],
) -> nn.Module:
    """A small convolutional network with the given state; `rows` is what reaches its head.

    `takes`: "images" (N, 1, *size), "rows" (N, H·W), or "both".
    """
    torch.backends.cudnn.allow_tf32 = False  # half the digits of float32 are too few for a comparison
    # No bias before batch norm: its gradient is rounding noise, which Adam would blow up.
    first = nn.Conv2d(1, channels, filter_size, bias=not norm)
    middle = [nn.BatchNorm2d(channels)] if norm else []
    last = [nn.LogSoftmax(dim=1)] if log_probabilities else []
    begin = {"images": [], "rows": [nn.Unflatten(1, (1, *size))], "both": [nn.Flatten(), nn.Unflatten(1, (1, *size))]}
    maps = [*begin[takes], first, *middle, nn.MaxPool2d(2), nn.ReLU()]
    net = nn.Sequential(*maps, nn.Flatten(), nn.Linear(rows, classes), *last)
    net.load_state_dict(state)
    return net


def modes(net: nn.Module) -> list[bool]:
    """Whether a network, and every layer in it, is in training mode."""
    return [module.training for module in net.modules()]


class Recorder(nn.Module):
    """A linear classifier that notes at every call its mode, whether gradients are on, and each row's first pixel.

    It returns log-probabilities: cross-entropy and the negative log-likelihood are the same on them.
    """

    def __init__(self, pixels: int, classes: int) -> None:
        super().__init__()
        self.last = nn.Linear(pixels, classes)
        nn.init.zeros_(self.last.weight)  # the same start every time, so that two runs can be compared
        nn.init.zeros_(self.last.bias)
        self.seen: list[tuple[bool, bool, list[float]]] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (N, classes) of images."""
        rows = images.reshape(len(images), -1)
        self.seen.append((self.training, torch.is_grad_enabled(), rows.detach()[:, 0].tolist()))
        return torch.log_softmax(self.last(rows), dim=1)


def recorder(pixels: int, classes: int) -> Recorder:
    """A new Recorder, in training mode."""
    return Recorder(pixels, classes)


def seen(net: Recorder) -> list[tuple[bool, bool, list[float]]]:
    """(training mode, gradients recorded, first pixel of each row) of every call so far."""
    return list(net.seen)


# Networks that a check compares with trusted ones --------------------------------------------------------------------


def drawn(net: nn.Module, images: torch.Tensor, seed: int) -> None:
    """Run a network once, so that lazy layers find their sizes, and draw its parameters anew.

    They have both signs, and vectors have none near 0.
    """
    torch.backends.cudnn.allow_tf32 = False  # half the digits of float32 are too few for a comparison
    net(images)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in net.parameters():
            draw = torch.rand(value.shape, generator=generator)
            if sum(size > 1 for size in value.shape) > 1:
                value.copy_((2 * draw - 1) * (3 / value[0].numel()) ** 0.5)
            else:
                signs = torch.randint(0, 2, value.shape, generator=generator) * 2 - 1
                value.copy_(signs * (0.5 + draw))


def parameter_values(net: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters of a network by name, each once."""
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def assign(net: nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Give parameters of a network these values, in place."""
    own = dict(net.named_parameters())
    with torch.no_grad():
        for name, value in values.items():
            own[name].copy_(value)
