"""question: activations
mistake: The small weights have standard deviation 0.1: it should be 0.01.
"""

import torch


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    std = {"small": 0.1, "xavier": width**-0.5, "he": (2 / width) ** 0.5}[init]
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    for _ in range(depth):
        W = torch.randn(width, width) * std
        x = act(x @ W.T)
        stds.append(x.std().item())
    return stds
