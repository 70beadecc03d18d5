"""question: activations
mistake: One weight is drawn before the loop and used in every layer.
"""

import torch


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    std = {"small": 0.01, "xavier": width**-0.5, "he": (2 / width) ** 0.5}[init]
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    W = torch.randn(width, width) * std
    for _ in range(depth):
        x = act(x @ W.T)
        stds.append(x.std().item())
    return stds
