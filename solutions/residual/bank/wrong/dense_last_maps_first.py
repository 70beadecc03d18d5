"""question: dense_block
mistake: The new maps come last layer first; they belong in the order they were made.
"""

import torch
from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.layers = nn.ModuleList()
        for number in range(layers):
            width = in_channels + growth_rate * number
            self.layers.append(
                nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, growth_rate, 3, padding=1))
            )

    def forward(self, x):
        kept = []
        for layer in self.layers:
            kept.append(layer(torch.cat([x, *kept], dim=1)))
        return torch.cat([x, *reversed(kept)], dim=1)
