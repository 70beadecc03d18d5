"""question: dense_block
mistake: The result holds the new maps only; the input belongs in front of them.
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
        new = x[:, :0]
        for layer in self.layers:
            new = torch.cat([new, layer(torch.cat([x, new], dim=1))], dim=1)
        return new
