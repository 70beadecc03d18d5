"""question: activations
mistake: `he` gives the same weights as `xavier`: they should have twice the variance.
"""

import torch


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    std = 0.01 if init == "small" else width**-0.5
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    for _ in range(depth):
        W = torch.randn(width, width) * std
        x = act(x @ W.T)
        stds.append(x.std().item())
    return stds
