"""question: extractor
mistake: The model that was given is changed itself: copy.deepcopy copies its layers, too; copy.copy does not.
"""

from torch import nn


def feature_extractor(model, num_classes):
    extractor = model
    set_trainable(extractor, False)
    for part in extractor.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()
            part.train = lambda mode=True, part=part: part
    return replace_head(extractor, num_classes)
