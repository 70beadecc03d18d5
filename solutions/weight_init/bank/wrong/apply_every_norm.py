"""question: apply
mistake: Whatever has a running mean counts as batch norm: instance norm is not one and should be left alone.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        module.weight.normal_(0.0, 0.02)
    elif hasattr(module, "running_mean"):
        if module.weight is not None:
            module.weight.normal_(1.0, 0.02)
            module.bias.zero_()
    elif isinstance(module, nn.Linear):
        module.weight.normal_(0.0, 0.02)
        if module.bias is not None:
            module.bias.zero_()
