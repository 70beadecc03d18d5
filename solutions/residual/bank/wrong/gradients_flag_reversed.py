"""question: gradients
mistake: residual is taken the wrong way round.
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    for layer in layers:
        step = torch.tanh(layer(x))
        x = step if residual else x + step
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
