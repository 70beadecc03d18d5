"""Weights as own parameters in TensorFlow's order (k, k, in, out), permuted in forward."""

import torch
import torch.nn.functional as F
from torch import nn


class Conv(nn.Module):
    def __init__(self, before, after, size, pad=0):
        super().__init__()
        bound = (before * size * size) ** -0.5
        self.kernel = nn.Parameter(torch.empty(size, size, before, after).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(after))
        self.pad = pad

    def forward(self, x):
        return F.conv2d(x, self.kernel.permute(3, 2, 0, 1), self.bias, padding=self.pad)


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.a = Conv(in_channels, 16, 1)
        self.b = nn.Sequential(Conv(in_channels, 16, 1), Conv(16, 24, 5, 2))
        self.c = nn.Sequential(Conv(in_channels, 16, 1), Conv(16, 24, 3, 1), Conv(24, 24, 3, 1))
        self.d = nn.Sequential(nn.AvgPool2d(3, 1, 1), Conv(in_channels, 24, 1))

    def forward(self, x):
        return torch.cat([branch(x) for branch in (self.a, self.b, self.c, self.d)], 1)


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.body = nn.Sequential(
            Conv(1, 10, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            InceptionA(10),
            Conv(88, 20, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            InceptionA(20),
            nn.Flatten(),
        )
        self.fc = nn.Linear(1408, num_classes)

    def forward(self, x):
        return self.fc(self.body(x)).log_softmax(1)
