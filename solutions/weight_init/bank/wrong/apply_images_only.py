"""question: apply
mistake: Only Conv2d and BatchNorm2d are recognised: their brothers for sequences, rows and volumes are passed over.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    if isinstance(module, (nn.Conv2d,)):
        module.weight.normal_(0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm2d,)):
        if module.weight is not None:
            module.weight.normal_(1.0, 0.02)
            module.bias.zero_()
    elif isinstance(module, nn.Linear):
        module.weight.normal_(0.0, 0.02)
        if module.bias is not None:
            module.bias.zero_()
