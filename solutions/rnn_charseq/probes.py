"""What the proxy cannot say: networks of ours beside the student's code, steps in a row, and work counted.

Nothing here knows an expected value.
"""

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


def fill(net: nn.Module, seed: int, gain: float = 1.5) -> dict[str, torch.Tensor]:
    """Draw what a network trains anew, in both signs, and return its parameters and buffers by name.

    What it does not train (an identity table, say) stays.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        net(torch.zeros(1, 2, dtype=torch.long))
        for value in net.parameters():
            if value.requires_grad:
                scale = gain * value[0].numel() ** -0.5 if value.ndim > 1 else 0.5
                value.copy_(scale * torch.randn(value.shape, generator=generator))
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters and buffers of a network by name."""
    named = [*net.named_parameters(), *net.named_buffers()]
    return {name: value.detach().clone() for name, value in named}


def hand_over(source: nn.Module, target: nn.Module, size: int) -> bool:
    """Give `target` the parameters of `source`, by shape and in order, and the identity as its (size, size) table.

    False when they cannot be told apart: then nothing was changed.
    """
    rest = [value for value in target.parameters() if tuple(value.shape) != (size, size)]
    tables = [value for value in target.parameters() if tuple(value.shape) == (size, size)]
    given = [value for value in source.parameters() if tuple(value.shape) != (size, size)]
    if len(tables) != 1 or [value.shape for value in rest] != [value.shape for value in given]:
        return False
    with torch.no_grad():
        tables[0].copy_(torch.eye(size))
        for mine, theirs in zip(rest, given, strict=True):
            mine.copy_(theirs)
    return True


class Recurrent(nn.Module):
    """An embedding, one recurrent layer, logits: (N, T) -> (N, T, V). By cells, so that every device rounds alike."""

    def __init__(self, vocab: int, width: int, hidden: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab, width)
        self.cell = nn.RNNCell(width, hidden)
        self.last = nn.Linear(hidden, vocab)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of indices."""
        letters, h, states = self.table(x), None, []
        for step in range(x.shape[1]):
            h = self.cell(letters[:, step], h)
            states.append(h)
        return self.last(torch.stack(states, dim=1))


def recurrent(vocab: int, width: int, hidden: int, values: dict[str, torch.Tensor]) -> Recurrent:
    """A new network with these parameters."""
    net = Recurrent(vocab, width, hidden)
    net.load_state_dict(values)
    return net


def unroll(student, x, h, w_ih, b_ih, w_hh, b_hh):
    """The student's rnn_step over x (T, N, D): all hidden states (T, N, H)."""
    states = []
    for row in x:
        h = student.rnn_step(row, h, w_ih, b_ih, w_hh, b_hh)
        states.append(h)
    return torch.stack(states)


class Work(TorchDispatchMode):
    """Counts the numbers that torch's operations produce."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run one operation and count its results."""
        result = func(*args, **(kwargs or {}))
        for value in result if isinstance(result, tuple | list) else [result]:
            if isinstance(value, torch.Tensor):
                self.count += value.numel()
        return result


def work_of_generate(student, net, prefix, n, chars, char_to_index, device):
    """How many numbers torch computes while the student's generate writes n characters."""
    with Work() as work:
        student.generate(net, prefix, n, chars, char_to_index, device=device)
    return work.count
