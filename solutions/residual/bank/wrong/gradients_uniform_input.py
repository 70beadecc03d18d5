"""question: gradients
mistake: Input and target are drawn from uniform(0, 1), not from N(0, 1).
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.rand(64, width), torch.rand(64, width)
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
