"""What the proxy cannot say, or only in many words: networks built in one call, gradients of a step, what was shown.

Nothing here knows an expected value.
"""

import types

import torch
from torch import nn


def step_gradients(
    student: types.SimpleNamespace, name: str, values: list[torch.Tensor], upstream: list[torch.Tensor]
) -> list[torch.Tensor | None]:
    """The gradients that backward through the student's step `name` gives each of its inputs."""
    leaves = [value.clone().requires_grad_() for value in values]
    result = getattr(student, name)(*leaves)
    outputs = result if isinstance(result, tuple | list) else (result,)
    total = sum((output * weight).sum() for output, weight in zip(outputs, upstream, strict=True))
    if total.requires_grad:
        total.backward()
    return [leaf.grad for leaf in leaves]


def fill(net: nn.Module, X: torch.Tensor, seed: int) -> dict[str, torch.Tensor]:
    """Run a network once, so that lazy layers find their sizes; draw its parameters anew and return its state."""
    net.train()
    net(X)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.6)
    return state(net)


def network(state: dict[str, torch.Tensor], dropout: float) -> nn.Module:
    """Flatten, Linear, Tanh, Dropout, Linear with the given state: windows to one number each."""
    hidden, inputs = state["1.weight"].shape
    net = nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), nn.Tanh(), nn.Dropout(dropout), nn.Linear(hidden, 1))
    net.load_state_dict(state)
    return net


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters of a network by name."""
    return {name: value.detach().clone() for name, value in net.named_parameters()}


class Recorder(nn.Module):
    """A linear network that notes at every call its mode, whether gradients are on, and each window's first number."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.last = nn.Linear(inputs, 1)
        nn.init.zeros_(self.last.weight)  # the same start every time, so that two runs can be compared
        nn.init.zeros_(self.last.bias)
        self.seen: list[tuple[bool, bool, list[float]]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1) of windows."""
        rows = x.reshape(len(x), -1)
        self.seen.append((self.training, torch.is_grad_enabled(), rows.detach()[:, 0].tolist()))
        return self.last(rows)


def recorder(inputs: int) -> Recorder:
    """A new Recorder, in training mode."""
    return Recorder(inputs)


def seen(net: Recorder) -> list[tuple[bool, bool, list[float]]]:
    """(training mode, gradients recorded, first number of each window) of every call so far."""
    return list(net.seen)
