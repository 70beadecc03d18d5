"""question: dense_block
mistake: The layers add to their input, as a residual block does; a dense block appends.
"""

from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.layers = nn.ModuleList()
        for number in range(layers):
            width = in_channels
            self.layers.append(
                nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, in_channels, 3, padding=1))
            )

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x
