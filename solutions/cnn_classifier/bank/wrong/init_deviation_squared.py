"""question: train
mistake: The numbers are multiplied by 0.02 squared: the standard deviation is 0.0004.
"""

from torch import nn


def weight_init(module):
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02**2)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02**2)
        nn.init.zeros_(module.bias)
