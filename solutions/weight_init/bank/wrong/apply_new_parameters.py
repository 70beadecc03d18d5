"""question: apply
mistake: The layers get new parameters, so an optimiser made before would go on changing the old ones.
"""

import torch
from torch import nn


def weight_init(module):
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        module.weight = nn.Parameter(0.02 * torch.randn_like(module.weight))
    elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
        if module.weight is not None:
            module.weight = nn.Parameter(1 + 0.02 * torch.randn_like(module.weight))
            module.bias = nn.Parameter(torch.zeros_like(module.bias))
    elif isinstance(module, nn.Linear):
        module.weight = nn.Parameter(0.02 * torch.randn_like(module.weight))
        if module.bias is not None:
            module.bias = nn.Parameter(torch.zeros_like(module.bias))
