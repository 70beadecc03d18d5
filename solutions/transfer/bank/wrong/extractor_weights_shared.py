"""question: extractor
mistake: The copy's parameters are made to lie in the memory of the model's.
"""

import copy

from torch import nn


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    for mine, theirs in zip(extractor.parameters(), model.parameters()):
        mine.data = theirs.data
    set_trainable(extractor, False)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
