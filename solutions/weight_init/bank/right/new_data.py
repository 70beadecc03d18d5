"""New numbers by assignment to .data: twice a uniform less one, and a scaled randn_like; fans by counting elements."""

import torch
from torch import nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def fan_in_and_fan_out(weight):
    return weight[0].numel(), weight[:, 0].numel()


def xavier_uniform_(weight):
    a = (6 / sum(fan_in_and_fan_out(weight))) ** 0.5
    weight.data = (2 * torch.rand_like(weight.data) - 1) * a
    return weight


def xavier_normal_(weight):
    weight.data = torch.randn_like(weight.data) * (2 / sum(fan_in_and_fan_out(weight))) ** 0.5
    return weight


def he_normal_(weight):
    fan_in, _ = fan_in_and_fan_out(weight)
    weight.data = torch.randn_like(weight.data) * (2 / fan_in) ** 0.5
    return weight


def weight_init(module):
    conv = isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d))
    norm = isinstance(module, NORMS)
    if not (conv or norm or isinstance(module, nn.Linear)):
        return module
    if module.weight is not None:
        module.weight.data = float(norm) + 0.02 * torch.randn_like(module.weight.data)
    if not conv and module.bias is not None:
        module.bias.data = torch.zeros_like(module.bias.data)
    return module


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    weights = []
    for _ in range(depth):
        if init == "small":
            weights.append(torch.randn(width, width) * 0.01)
        elif init == "xavier":
            weights.append(xavier_normal_(torch.zeros(width, width)))
        else:
            weights.append(he_normal_(torch.zeros(width, width)))
    x = torch.randn(1000, width)
    out = ()
    for W in weights:
        x = getattr(torch, activation)(torch.nn.functional.linear(x, W))
        out += (((x - x.mean()) ** 2).mean().sqrt().item(),)
    return out
