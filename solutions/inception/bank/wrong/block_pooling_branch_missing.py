"""question: block
mistake: The pooling branch is missing: 64 channels come out.
"""

import torch
from torch import nn


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.one = nn.Conv2d(in_channels, 16, 1)
        self.five = nn.Sequential(nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 5, padding=2))
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 3, padding=1), nn.Conv2d(24, 24, 3, padding=1)
        )

    def forward(self, x):
        return torch.cat([self.one(x), self.five(x), self.three(x)], dim=1)
