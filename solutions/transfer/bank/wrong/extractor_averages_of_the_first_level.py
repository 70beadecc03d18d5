"""question: extractor
mistake: Only batch norms that are direct children of the network are kept in evaluation mode, not those in its blocks.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    for part in extractor.children():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
