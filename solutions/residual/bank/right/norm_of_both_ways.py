"""One batch norm over the channels of main path and projection side by side, then split and added."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.projects = stride != 1 or in_channels != out_channels
        self.norm2 = nn.BatchNorm2d(out_channels * (1 + self.projects))
        if self.projects:
            self.around = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x):
        y = self.conv2(self.norm1(self.conv1(x)).relu())
        if not self.projects:
            return (self.norm2(y) + x).relu()
        main, side = self.norm2(torch.cat([y, self.around(x)], 1)).chunk(2, 1)
        return (main + side).relu()
