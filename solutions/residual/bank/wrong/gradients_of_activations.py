"""question: gradients
mistake: These are norms of the activations, not of gradients.
"""

import torch
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x = torch.randn(64, width)
    norms = []
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
        norms.append(x.norm().item())
    return norms
