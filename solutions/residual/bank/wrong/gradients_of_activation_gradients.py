"""question: gradients
mistake: These are gradients of the activations; those of the weight matrices are asked for.
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    kept = []
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
        x.retain_grad()
        kept.append(x)
    F.mse_loss(x, target).backward()
    return [each.grad.norm().item() for each in kept]
