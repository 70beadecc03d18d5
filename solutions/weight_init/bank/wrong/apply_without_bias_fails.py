"""question: apply
mistake: A Linear layer with bias=False stops it: module.bias is None there.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        module.weight.normal_(0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
        if module.weight is not None:
            module.weight.normal_(1.0, 0.02)
            module.bias.zero_()
    elif isinstance(module, nn.Linear):
        module.weight.normal_(0.0, 0.02)
        module.bias.zero_()
