"""question: gradients
mistake: The seed is fixed: every seed gives the same numbers.
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(0)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
