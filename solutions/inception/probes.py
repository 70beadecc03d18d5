"""What stands in for a student's block while the network around it is checked.

Nothing here knows an expected value.
"""

from torch import nn


def InceptionA(in_channels: int) -> nn.Module:
    """A plain convolution with as many channels as the block has, and one step where the block has seven."""
    return nn.Conv2d(in_channels, 88, 3, padding=1)
