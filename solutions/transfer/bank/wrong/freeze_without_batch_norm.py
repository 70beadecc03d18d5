"""question: freeze
mistake: Convolutions and Linear layers are set, and the parameters of batch norm are forgotten.
"""

from torch import nn


def set_trainable(module, flag):
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            for parameter in part.parameters():
                parameter.requires_grad = flag
