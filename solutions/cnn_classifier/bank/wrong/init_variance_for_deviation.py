"""question: train
mistake: 0.02 is taken for the variance: the standard deviation becomes its root, 0.14.
"""

from torch import nn


def weight_init(module):
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02**0.5)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02**0.5)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02**0.5)
        nn.init.zeros_(module.bias)
