"""The networks of the Inception assignments as the graders know them: blocks of branches, and what is built of them.

Steps are letters, so that a wrong step can be tried in place of a right one. Parameters are declared in running order.
"""

from __future__ import annotations

from functools import partial

import torch
from network_copies import steps
from torch import nn
from torch.nn import functional as F

POOLINGS = {
    "p": partial(F.avg_pool2d, kernel_size=3, stride=1, padding=1),
    "u": partial(F.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False),
    "m": partial(F.max_pool2d, kernel_size=3, stride=1, padding=1),
}


class Branches(nn.Module):
    """Branches side by side, their results one after the other in the channels."""

    def __init__(self, **branches: tuple[str, list[nn.Conv2d]]) -> None:
        """Per branch its steps and its convolutions; the first convolution is the step "c", the next ones "d", "e"."""
        super().__init__()
        self.orders = {name: order for name, (order, _) in branches.items()}
        self.convolutions = nn.ModuleDict({name: nn.ModuleList(layers) for name, (_, layers) in branches.items()})
        self.places, start = {}, 0
        for name, layers in self.convolutions.items():
            self.places[name] = slice(start, start := start + layers[-1].out_channels)

    def branch(self, name, maps, order=""):
        """What one branch gives, with its own steps or others."""
        layers = dict(zip("cde", self.convolutions[name], strict=False))
        return steps(order or self.orders[name], maps, **POOLINGS, **layers)

    def forward(self, maps):
        """Maps (N, in, H, W) to (N, out, H, W)."""
        return torch.cat([self.branch(name, maps) for name in self.orders], dim=1)


def inception_a(in_channels: int) -> Branches:
    """InceptionA: 88 channels, no ReLU."""
    return Branches(
        one=("c", [nn.Conv2d(in_channels, 16, 1)]),
        five=("cd", [nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 5, padding=2)]),
        three=(
            "cde",
            [nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 3, padding=1), nn.Conv2d(24, 24, 3, padding=1)],
        ),
        pool=("pc", [nn.Conv2d(in_channels, 24, 1)]),
    )


def inception_block(in_channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, pool_proj: int) -> Branches:
    """The block of GoogLeNet: a ReLU after every convolution."""
    return Branches(
        one=("cr", [nn.Conv2d(in_channels, c1, 1)]),
        three=("crdr", [nn.Conv2d(in_channels, r3, 1), nn.Conv2d(r3, c3, 3, padding=1)]),
        five=("crdr", [nn.Conv2d(in_channels, r5, 1), nn.Conv2d(r5, c5, 5, padding=2)]),
        pool=("mcr", [nn.Conv2d(in_channels, pool_proj, 1)]),
    )


class InceptionNet(nn.Module):
    """InceptionNet; `block` makes the two blocks, 88 channels each."""

    ORDER = "cprIdprJfo"
    """Convolution, max pooling, ReLU, block, twice; flatten and Linear; log_softmax."""
    layouts = ("channel after channel", "place after place")
    """Of the maps in the rows that the last layer takes: another order of its weights, and both are right."""

    def __init__(self, classes: int, block=inception_a) -> None:
        super().__init__()
        self.conv1, self.incept1 = nn.Conv2d(1, 10, 5), block(10)
        self.conv2, self.incept2 = nn.Conv2d(88, 20, 5), block(20)
        self.last = nn.Linear(1408, classes)
        self.layout = self.layouts[0]

    def steps(self, x, order):
        """Steps by letter, see ORDER."""
        return steps(order, x, c=self.conv1, I=self.incept1, d=self.conv2, J=self.incept2, f=self.rows)

    def rows(self, maps):
        """The last layer's result for maps."""
        return self.last((maps if self.layout == self.layouts[0] else maps.permute(0, 2, 3, 1)).flatten(1))

    def forward(self, images):
        """Images (N, 1, 28, 28) to log-probabilities (N, classes)."""
        return self.steps(images, self.ORDER)
