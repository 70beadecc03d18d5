"""question: train
mistake: The weights are drawn evenly between two bounds, not from the normal distribution.
"""

from torch import nn


def weight_init(module):
    if isinstance(module, nn.Conv2d):
        nn.init.uniform_(module.weight, -0.02 * 3**0.5, 0.02 * 3**0.5)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.uniform_(module.weight, -0.02 * 3**0.5, 0.02 * 3**0.5)
        nn.init.zeros_(module.bias)
