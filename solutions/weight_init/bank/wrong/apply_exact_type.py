"""question: apply
mistake: type(module) == nn.Linear is not true for a subclass of nn.Linear; isinstance is.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    if type(module) in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        module.weight.normal_(0.0, 0.02)
    elif type(module) in (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d):
        if module.weight is not None:
            module.weight.normal_(1.0, 0.02)
            module.bias.zero_()
    elif type(module) == nn.Linear:
        module.weight.normal_(0.0, 0.02)
        if module.bias is not None:
            module.bias.zero_()
