"""question: extractor
mistake: Where the classes are as many as before the old head stays, trainable.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    if hasattr(extractor, "fc") and extractor.fc.out_features == num_classes:
        set_trainable(extractor.fc, True)
        return extractor
    return replace_head(extractor, num_classes)
