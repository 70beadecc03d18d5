"""question: apply
mistake: The number of batches seen is reset.
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
        if (batch_norm or linear) and module.bias is not None:
            module.bias.zero_()
        if batch_norm and module.num_batches_tracked is not None:
            module.num_batches_tracked.zero_()
