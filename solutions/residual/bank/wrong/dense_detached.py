"""question: dense_block
mistake: What a layer reads is detached: no gradient reaches the layers before it.
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
        for layer in self.layers:
            x = torch.cat([x, layer(x.detach())], dim=1)
        return x
