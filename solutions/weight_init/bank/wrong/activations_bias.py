"""question: activations
mistake: The layers keep the random biases of nn.Linear: they should have none.
"""

import torch


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    std = {"small": 0.01, "xavier": width**-0.5, "he": (2 / width) ** 0.5}[init]
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    for _ in range(depth):
        layer = torch.nn.Linear(width, width)
        torch.nn.init.normal_(layer.weight, 0, std)
        x = act(layer(x))
        stds.append(x.std().item())
    return stds
