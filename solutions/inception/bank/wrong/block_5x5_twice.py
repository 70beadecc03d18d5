"""question: block
mistake: The 5×5 branch is in the result twice, and the 3×3 branch is not.
"""

import torch
import torch.nn.functional as F
from torch import nn


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.one = nn.Conv2d(in_channels, 16, 1)
        self.five = nn.Sequential(nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 5, padding=2))
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 3, padding=1), nn.Conv2d(24, 24, 3, padding=1)
        )
        self.project = nn.Conv2d(in_channels, 24, 1)

    def forward(self, x):
        pooled = F.avg_pool2d(x, 3, stride=1, padding=1)
        return torch.cat([self.one(x), self.five(x), self.five(x), self.project(pooled)], dim=1)
