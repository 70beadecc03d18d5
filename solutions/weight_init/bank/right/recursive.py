"""weight_init goes into the children itself; the draws come from one generator made when the notebook is run."""

import math

import torch
from torch import nn

GENERATOR = torch.Generator().manual_seed(123)


def fan_in_and_fan_out(weight):
    outputs, inputs, *window = weight.shape
    pixels = 1
    for side in window:
        pixels *= side
    return [inputs * pixels, outputs * pixels]


def fill_normal(tensor, mean, std):
    draws = torch.empty(tensor.shape, dtype=torch.float64).normal_(mean, std, generator=GENERATOR)
    with torch.no_grad():
        tensor.copy_(draws)
    return tensor


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(3) * math.sqrt(2 / (fan_in + fan_out))
    with torch.no_grad():
        weight.copy_(torch.rand(weight.shape, generator=GENERATOR)).mul_(2 * bound).sub_(bound)
    return weight


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    return fill_normal(weight, 0.0, math.sqrt(2 / (fan_in + fan_out)))


def he_normal_(weight):
    return fill_normal(weight, 0.0, math.sqrt(2 / fan_in_and_fan_out(weight)[0]))


def weight_init(module):
    for child in module.children():
        weight_init(child)
    match module:
        case nn.Conv1d() | nn.Conv2d() | nn.Conv3d():
            fill_normal(module.weight, 0.0, 0.02)
        case nn.BatchNorm1d() | nn.BatchNorm2d() | nn.BatchNorm3d() if module.affine:
            fill_normal(module.weight, 1.0, 0.02)
            nn.init.constant_(module.bias, 0.0)
        case nn.Linear():
            fill_normal(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0.0)


def activation_stds(depth, width, init, activation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    std = {"small": 0.01, "xavier": math.sqrt(1 / width), "he": math.sqrt(2 / width)}[init]
    act = {"tanh": nn.Tanh(), "relu": nn.ReLU(inplace=True), "sigmoid": nn.Sigmoid()}[activation]

    def run(x, left):
        if left == 0:
            return []
        W = torch.normal(0.0, std, (width, width), generator=generator)
        x = act(torch.einsum("ni,oi->no", x, W))
        return [x.std(correction=0).item(), *run(x, left - 1)]

    return run(torch.normal(0.0, 1.0, (1000, width), generator=generator), depth)
