"""question: extractor
mistake: Frozen batch norms are in training mode while train runs: evaluation mode set once ends at model.train().
"""

import copy


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    return replace_head(extractor, num_classes)
