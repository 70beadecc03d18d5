"""question: extractor
mistake: The bias of the new head is frozen.
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
    replace_head(extractor, num_classes)
    for name, parameter in extractor.named_parameters():
        if name.endswith("bias"):
            parameter.requires_grad = False
    return extractor
