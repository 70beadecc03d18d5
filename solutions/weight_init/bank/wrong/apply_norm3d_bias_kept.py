"""question: apply
mistake: The bias of BatchNorm3d is left.
"""

import torch
from torch import nn


def weight_init(module):
    convolution = isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    batch_norm = isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d)
    linear = isinstance(module, nn.Linear)
    with torch.no_grad():
        if (convolution or batch_norm or linear) and module.weight is not None:
            module.weight.normal_(1.0 if batch_norm else 0.0, 0.02)
        if (linear or isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)) and module.bias is not None:
            module.bias.zero_()
