"""question: extractor
mistake: Convolutions are frozen, and the weights of batch norm go on learning.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    for part in extractor.modules():
        if isinstance(part, nn.BatchNorm2d):
            set_trainable(part, True)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
