"""question: train
mistake: The weights are replaced by tensors that need no gradient, so the layer can no longer learn.
"""

import torch
from torch import nn


def weight_init(module):
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        module.weight = nn.Parameter(1 + 0.02 * torch.randn(module.weight.shape), requires_grad=False)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        nn.init.zeros_(module.bias)
