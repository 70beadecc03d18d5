"""question: googlenet_block
mistake: The 5×5 convolution is replaced by a 3×3 one.
"""

import torch
import torch.nn.functional as F
from torch import nn


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        self.one = nn.Conv2d(in_channels, c1, 1)
        self.reduce3, self.three = nn.Conv2d(in_channels, r3, 1), nn.Conv2d(r3, c3, 3, padding=1)
        self.reduce5, self.five = nn.Conv2d(in_channels, r5, 1), nn.Conv2d(r5, c5, 3, padding=1)
        self.project = nn.Conv2d(in_channels, pool_proj, 1)

    def forward(self, x):
        one = F.relu(self.one(x))
        three = F.relu(self.three(F.relu(self.reduce3(x))))
        five = F.relu(self.five(F.relu(self.reduce5(x))))
        pooled = F.relu(self.project(F.max_pool2d(x, 3, stride=1, padding=1)))
        return torch.cat([one, three, five, pooled], dim=1)
