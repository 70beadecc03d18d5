"""question: gradients
mistake: The loss is the sum of what comes out; the mean squared error to a target is asked for.
"""

import torch
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x = torch.randn(64, width)
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
    x.sum().backward()
    return [layer.weight.grad.norm().item() for layer in layers]
