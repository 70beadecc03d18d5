"""question: googlenet_block
mistake: ReLU6 cuts large values off.
"""

import torch
import torch.nn.functional as F
from torch import nn


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        self.one = nn.Conv2d(in_channels, c1, 1)
        self.r3, self.three = nn.Conv2d(in_channels, r3, 1), nn.Conv2d(r3, c3, 3, padding=1)
        self.r5, self.five = nn.Conv2d(in_channels, r5, 1), nn.Conv2d(r5, c5, 5, padding=2)
        self.proj = nn.Conv2d(in_channels, pool_proj, 1)

    def forward(self, x):
        one = F.relu6(self.one(x))
        three = F.relu6(self.three(F.relu6(self.r3(x))))
        five = F.relu6(self.five(F.relu6(self.r5(x))))
        pool = F.relu6(self.proj(F.max_pool2d(x, 3, 1, 1)))
        return torch.cat([one, three, five, pool], 1)
