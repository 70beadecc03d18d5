"""question: dense_block
mistake: A layer reads only what the layer before it made, not all that is there.
"""

import torch
from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.layers = nn.ModuleList()
        for number in range(layers):
            width = growth_rate if number else in_channels
            self.layers.append(
                nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, growth_rate, 3, padding=1))
            )

    def forward(self, x):
        kept, new = [x], x
        for layer in self.layers:
            new = layer(new)
            kept.append(new)
        return torch.cat(kept, dim=1)
