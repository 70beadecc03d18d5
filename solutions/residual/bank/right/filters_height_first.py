"""Weights as own parameters in TensorFlow's order (k, k, in, out), batch norm as torch's."""

import torch
import torch.nn.functional as F
from torch import nn


class Conv(nn.Module):
    def __init__(self, before, after, size, stride=1, pad=None, bias=False):
        super().__init__()
        bound = (before * size * size) ** -0.5
        self.kernel = nn.Parameter(torch.empty(size, size, before, after).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(after)) if bias else None
        self.stride, self.pad = stride, size // 2 if pad is None else pad

    def forward(self, x):
        return F.conv2d(x, self.kernel.permute(3, 2, 0, 1), self.bias, self.stride, self.pad)


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.c1, self.n1 = Conv(in_channels, out_channels, 3, stride), nn.BatchNorm2d(out_channels)
        self.c2, self.n2 = Conv(out_channels, out_channels, 3), nn.BatchNorm2d(out_channels)
        self.sides = nn.ModuleList()
        if stride != 1 or in_channels != out_channels:
            self.sides += [Conv(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels)]

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        for layer in self.sides:
            x = layer(x)
        return F.relu(x + y)


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.norms, self.convs = nn.ModuleList(), nn.ModuleList()
        for i in range(layers):
            self.norms.append(nn.BatchNorm2d(in_channels + growth_rate * i))
            self.convs.append(Conv(in_channels + growth_rate * i, growth_rate, 3))

    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat([x, conv(norm(x).relu())], 1)
        return x
