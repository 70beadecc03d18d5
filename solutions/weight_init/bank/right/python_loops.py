"""Plain Python where it goes: random.gauss for every weight, named_parameters and names for what to do with them."""

import random

import torch
from torch import nn


def fan_in_and_fan_out(weight):
    shape = list(weight.shape)
    fan_in, fan_out = shape[1], shape[0]
    for side in shape[2:]:
        fan_in, fan_out = fan_in * side, fan_out * side
    return fan_in, fan_out


def fill(weight, draw):
    values = torch.tensor([draw() for _ in range(weight.numel())], dtype=weight.dtype)
    with torch.no_grad():
        weight[...] = values.reshape(weight.shape)
    return weight


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = (6 / (fan_in + fan_out)) ** 0.5
    return fill(weight, lambda: random.uniform(-bound, bound))


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    return fill(weight, lambda: random.gauss(0, (2 / (fan_in + fan_out)) ** 0.5))


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    return fill(weight, lambda: random.gauss(0, (2 / fan_in) ** 0.5))


def weight_init(module):
    convolution = isinstance(module, nn.Conv1d) or isinstance(module, nn.Conv2d) or isinstance(module, nn.Conv3d)
    norm = (
        isinstance(module, nn.BatchNorm1d) or isinstance(module, nn.BatchNorm2d) or isinstance(module, nn.BatchNorm3d)
    )
    if convolution or norm or isinstance(module, nn.Linear):
        for name, parameter in module.named_parameters(recurse=False):
            if name == "weight":
                fill(parameter, lambda: random.gauss(1.0 if norm else 0.0, 0.02))
            elif name == "bias" and not convolution:
                fill(parameter, lambda: 0.0)


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    x = torch.randn((1000, width))
    stds = []
    for i in range(depth):
        layer = nn.Linear(width, width)
        layer.weight.data.normal_(0, {"small": 0.01, "xavier": width**-0.5, "he": (2 / width) ** 0.5}[init])
        layer.bias.data.zero_()
        x = layer(x)
        if activation == "relu":
            x = x.clamp(min=0)
        if activation == "tanh":
            x = x.tanh()
        if activation == "sigmoid":
            x = 1 / (1 + (-x).exp())
        stds.append(x.flatten().std().detach())
    return stds
