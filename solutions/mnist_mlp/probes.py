"""What the proxy cannot say, or only in many words: networks built in one call, and what a network was shown.

Nothing here knows an expected value.
"""

import torch
from torch import nn


def network(
    pixels: int, hidden: int, classes: int, flatten: bool, norm: bool, state: dict[str, torch.Tensor]
) -> nn.Module:
    """A network that returns logits, with the given state; it flattens its input itself when asked to."""
    first = [nn.Flatten()] if flatten else []
    middle = [nn.BatchNorm1d(hidden)] if norm else []
    # No bias before batch norm: its gradient is rounding noise, which Adam would blow up.
    net = nn.Sequential(
        *first, nn.Linear(pixels, hidden, bias=not norm), *middle, nn.ReLU(), nn.Linear(hidden, classes)
    )
    net.load_state_dict(state)
    return net


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """The state of a network by name."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def fill(net: nn.Module, rows: torch.Tensor, seed: int) -> dict[str, torch.Tensor]:
    """Run a network once in training mode, so that lazy layers find their sizes; draw its state anew and return it.

    Parameters get values of both signs. Buffers get positive ones: running variances are among them.
    """
    net.train()
    net(rows)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in net.parameters():
            scale = value[0].numel() ** -0.5 if value.ndim > 1 else 1.0
            value.copy_(scale * torch.randn(value.shape, generator=generator))
        for value in net.buffers():
            if value.is_floating_point():
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return state(net)


class Recorder(nn.Module):
    """A linear classifier that notes at every call its mode, whether gradients are on, and each row's first pixel."""

    def __init__(self, pixels: int, classes: int) -> None:
        super().__init__()
        self.last = nn.Linear(pixels, classes)
        nn.init.zeros_(self.last.weight)  # the same start every time, so that two runs can be compared
        nn.init.zeros_(self.last.bias)
        self.seen: list[tuple[bool, bool, list[float]]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) of images or rows."""
        rows = x.reshape(len(x), -1)
        self.seen.append((self.training, torch.is_grad_enabled(), rows.detach()[:, 0].tolist()))
        return self.last(rows)


def recorder(pixels: int, classes: int) -> Recorder:
    """A new Recorder, in training mode."""
    return Recorder(pixels, classes)


def seen(net: Recorder) -> list[tuple[bool, bool, list[float]]]:
    """(training mode, gradients recorded, first pixel of each row) of every call so far."""
    return list(net.seen)
