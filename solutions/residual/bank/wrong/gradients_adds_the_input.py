"""question: gradients
mistake: Every layer adds the input of the network; it should add what it was given itself.
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    start = x
    for layer in layers:
        step = torch.tanh(layer(x))
        x = start + step if residual else step
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
