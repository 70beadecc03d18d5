"""question: extractor
mistake: The model that was given is changed itself: copy.deepcopy copies its layers, too; copy.copy does not.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.copy(model)
    set_trainable(extractor, False)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
