"""question: dense_block
mistake: ReLU6 in place of ReLU.
"""

import torch
from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(in_channels + growth_rate * n),
                nn.ReLU6(),
                nn.Conv2d(in_channels + growth_rate * n, growth_rate, 3, padding=1),
            )
            for n in range(layers)
        )

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x
