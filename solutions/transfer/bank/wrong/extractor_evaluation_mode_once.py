"""question: extractor
mistake: The copy is put into evaluation mode once, and train takes it out again.
"""

import copy


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    extractor.eval()
    return replace_head(extractor, num_classes)
