"""One function per kind of module by singledispatch; distributions as objects; float64 in the experiment."""

from functools import singledispatch

import torch
from torch import nn
from torch.distributions import Normal, Uniform


def fan_in_and_fan_out(weight):
    size = weight.numel()
    return size // weight.shape[0], size // weight.shape[1]


def from_distribution(weight, distribution):
    weight.detach().copy_(distribution.sample(weight.shape))
    return weight


def xavier_uniform_(weight):
    bound = (6 / sum(fan_in_and_fan_out(weight))) ** 0.5
    return from_distribution(weight, Uniform(-bound, bound))


def xavier_normal_(weight):
    return from_distribution(weight, Normal(0.0, (2 / sum(fan_in_and_fan_out(weight))) ** 0.5))


def he_normal_(weight):
    return from_distribution(weight, Normal(0.0, (2 / fan_in_and_fan_out(weight)[0]) ** 0.5))


@singledispatch
def weight_init(module):
    pass


@weight_init.register(nn.Conv1d)
@weight_init.register(nn.Conv2d)
@weight_init.register(nn.Conv3d)
def convolution_init(module):
    from_distribution(module.weight, Normal(0.0, 0.02))


@weight_init.register(nn.BatchNorm1d)
@weight_init.register(nn.BatchNorm2d)
@weight_init.register(nn.BatchNorm3d)
def batch_norm_init(module):
    if module.weight is not None:
        from_distribution(module.weight, Normal(1.0, 0.02))
        module.bias.detach().zero_()


@weight_init.register(nn.Linear)
def linear_init(module):
    from_distribution(module.weight, Normal(0.0, 0.02))
    if module.bias is not None:
        module.bias.detach().zero_()


def activation_stds(depth, width, init, activation, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        x = torch.randn(1000, width, dtype=torch.float64)
        found = torch.zeros(depth, dtype=torch.float64)
        for layer in range(depth):
            W = torch.empty(width, width, dtype=torch.float64)
            if init == "small":
                from_distribution(W, Normal(0.0, 0.01))
            elif init == "xavier":
                xavier_normal_(W)
            elif init == "he":
                he_normal_(W)
            z = x @ W.T
            x = {"tanh": z.tanh, "relu": z.relu, "sigmoid": z.sigmoid}[activation]()
            found[layer] = torch.std(x)
    return found.tolist()
