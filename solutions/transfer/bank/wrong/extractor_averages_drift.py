"""question: extractor
mistake: Frozen batch norms are switched to training mode by train, and their running averages drift.
"""

import copy


def feature_extractor(model, num_classes):
    extractor = copy.deepcopy(model)
    set_trainable(extractor, False)
    return replace_head(extractor, num_classes)
