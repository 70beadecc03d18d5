"""question: apply
mistake: The children of the module are initialised, but not the module itself.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    for child in module.children():
        if isinstance(child, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            child.weight.normal_(0.0, 0.02)
        elif isinstance(child, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            if child.weight is not None:
                child.weight.normal_(1.0, 0.02)
                child.bias.zero_()
        elif isinstance(child, nn.Linear):
            child.weight.normal_(0.0, 0.02)
            if child.bias is not None:
                child.bias.zero_()
