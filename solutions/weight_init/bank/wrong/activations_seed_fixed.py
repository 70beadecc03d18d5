"""question: activations
mistake: The seed is always 0, whatever is asked for.
"""

import torch


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(0)
    std = {"small": 0.01, "xavier": width**-0.5, "he": (2 / width) ** 0.5}[init]
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    for _ in range(depth):
        W = torch.randn(width, width) * std
        x = act(x @ W.T)
        stds.append(x.std().item())
    return stds
