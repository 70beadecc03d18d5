"""question: freeze
mistake: Batch norms are kept in evaluation mode when they are frozen, and stay there when they are made trainable again.
"""

from torch import nn


def set_trainable(module, flag):
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d) and not flag:
            part.eval()
            part.train = lambda mode=True, part=part: part
    for parameter in module.parameters():
        parameter.requires_grad = flag
