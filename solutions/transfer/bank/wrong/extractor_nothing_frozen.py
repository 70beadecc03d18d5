"""question: extractor
mistake: Nothing is frozen: this is a fine-tuner with still batch norms.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
