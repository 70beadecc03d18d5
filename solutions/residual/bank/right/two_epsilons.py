"""The convolutions and batch norms are added by name; those of the main path have an eps of their own."""

import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        project = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        self.shortcut = project if stride != 1 or in_channels != out_channels else nn.Sequential()
        self.main = nn.Sequential()
        for number, (channels, step) in enumerate(((in_channels, stride), (out_channels, 1)), 1):
            self.main.add_module(f"conv{number}", nn.Conv2d(channels, out_channels, 3, step, 1))
            self.main.add_module(f"bn{number}", nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01))
            if number == 1:
                self.main.add_module("relu", nn.ReLU())

    def forward(self, x):
        out = self.main(x)
        out += self.shortcut(x)
        return F.relu_(out)
