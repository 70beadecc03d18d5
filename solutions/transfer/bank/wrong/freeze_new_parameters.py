"""question: freeze
mistake: New parameters are put in place of the old ones, which an optimiser may still hold.
"""

from torch import nn


def set_trainable(module, flag):
    for part in module.modules():
        for name, parameter in list(part.named_parameters(recurse=False)):
            setattr(part, name, nn.Parameter(parameter.detach().clone(), requires_grad=flag))
