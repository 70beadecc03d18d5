"""As the lecture writes: .data everywhere, fill_ for the biases, std unpacked by hand."""

import numpy as np
import torch
import torch.nn as nn


def fan_in_and_fan_out(weight):
    if weight.dim() == 2:
        out_features, in_features = weight.size()
        return in_features, out_features
    out_channels, in_channels, kh, kw = weight.size()
    return in_channels * kh * kw, out_channels * kh * kw


def xavier_uniform_(weight):
    n_in, n_out = fan_in_and_fan_out(weight)
    a = np.sqrt(6.0 / (n_in + n_out))
    weight.data.uniform_(-a, a)
    return weight


def xavier_normal_(weight):
    n_in, n_out = fan_in_and_fan_out(weight)
    std = np.sqrt(2.0 / (n_in + n_out))
    weight.data.normal_(0.0, std)
    return weight


def he_normal_(weight):
    n_in, n_out = fan_in_and_fan_out(weight)
    weight.data.normal_(0.0, np.sqrt(2.0 / n_in))
    return weight


def weight_init(m):
    if isinstance(m, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        m.weight.data.normal_(0.0, 0.02)
    elif isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
        if m.affine:
            m.weight.data.normal_(1.0, 0.02)
            m.bias.data.fill_(0)
    elif isinstance(m, nn.Linear):
        m.weight.data.normal_(0.0, 0.02)
        if m.bias is not None:
            m.bias.data.fill_(0)


def activation_stds(depth, width, init, activation, seed=0):
    torch.manual_seed(seed)
    stds = {"small": 0.01, "xavier": np.sqrt(1.0 / width), "he": np.sqrt(2.0 / width)}
    x = torch.randn(1000, width)
    result = []
    for i in range(depth):
        W = torch.randn(width, width) * stds[init]
        x = x.mm(W.t())
        if activation == "tanh":
            x = torch.tanh(x)
        elif activation == "relu":
            x = torch.relu(x)
        else:
            x = torch.sigmoid(x)
        result.append(float(x.std()))
    return result
