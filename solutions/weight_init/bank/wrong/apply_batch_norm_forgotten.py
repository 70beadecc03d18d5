"""question: apply
mistake: Batch norms are left as they were.
"""

import torch
from torch import nn


@torch.no_grad()
def weight_init(module):
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)):
        module.weight.normal_(0.0, 0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        module.bias.zero_()
