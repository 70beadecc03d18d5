"""question: extractor
mistake: The head is replaced first and everything frozen after it, the new head too.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    replace_head(extractor, num_classes)
    set_trainable(extractor, False)
    return extractor
