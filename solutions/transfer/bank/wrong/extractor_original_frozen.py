"""question: extractor
mistake: The model that was given is frozen, and then copied.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    set_trainable(model, False)
    extractor = copy.deepcopy(model)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
