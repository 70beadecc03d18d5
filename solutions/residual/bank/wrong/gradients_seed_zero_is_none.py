"""question: gradients
mistake: `if seed:` takes the seed 0 for no seed at all, and the norms differ from run to run.
"""

import torch
from torch import nn
from torch.nn import functional as F


def gradient_norms(depth, width, residual, seed=0):
    if seed:
        torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    for layer in layers:
        x = x + torch.tanh(layer(x)) if residual else torch.tanh(layer(x))
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
