"""NumPy draws everything; the experiment is NumPy from beginning to end, with a generator of its own."""

import numpy as np
import torch
from torch import nn


def fan_in_and_fan_out(weight):
    field = int(np.prod(weight.shape[2:]))
    return weight.shape[1] * field, weight.shape[0] * field


@torch.no_grad()
def put(weight, values):
    weight.copy_(torch.from_numpy(values))
    return weight


def xavier_uniform_(weight):
    bound = np.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    return put(weight, np.random.uniform(-bound, bound, tuple(weight.shape)))


def xavier_normal_(weight):
    return put(weight, np.random.normal(0, np.sqrt(2 / sum(fan_in_and_fan_out(weight))), tuple(weight.shape)))


def he_normal_(weight):
    return put(weight, np.sqrt(2 / fan_in_and_fan_out(weight)[0]) * np.random.randn(*weight.shape))


def weight_init(module):
    rules = [
        ((nn.Conv1d, nn.Conv2d, nn.Conv3d), 0, False),
        ((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), 1, True),
        ((nn.Linear,), 0, True),
    ]
    for kinds, mean, zero_bias in rules:
        if isinstance(module, kinds):
            if module.weight is not None:
                put(module.weight, np.random.normal(mean, 0.02, tuple(module.weight.shape)))
            if zero_bias and module.bias is not None:
                put(module.bias, np.zeros(tuple(module.bias.shape)))


def activation_stds(depth, width, init, activation, seed=0):
    rng = np.random.default_rng(seed)
    act = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    x = rng.standard_normal((1000, width))
    stds = []
    while len(stds) < depth:
        scale = {"small": 0.01, "xavier": (2 / (width + width)) ** 0.5, "he": (2 / width) ** 0.5}[init]
        x = act(x @ rng.normal(0, scale, (width, width)).T)
        stds.append(np.std(x))
    return stds
