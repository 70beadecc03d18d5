"""What the proxy cannot say, or only in many words: a network filled anew.

Nothing here knows an expected value.
"""

import torch
from torch import nn


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
    return {name: value.detach().clone() for name, value in net.state_dict().items()}
