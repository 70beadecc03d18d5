"""question: extractor
mistake: The old head stays, with the old classes, and is made trainable.
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
    set_trainable(extractor.fc if hasattr(extractor, "fc") else extractor.classifier[-1], True)
    return extractor
