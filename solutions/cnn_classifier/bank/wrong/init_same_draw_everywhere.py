"""question: train
mistake: A seed is set inside weight_init, so all layers of one size start with the same numbers.
"""

import torch
from torch import nn


def weight_init(module):
    torch.manual_seed(0)
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight.view(-1), 0.0, 0.02)
        nn.init.zeros_(module.bias)
