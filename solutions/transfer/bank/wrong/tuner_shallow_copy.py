"""question: extractor
mistake: The model that was given is changed itself: copy.deepcopy copies its layers, too; copy.copy does not.
"""

import copy


def fine_tuner(model, num_classes):
    tuner = copy.copy(model)
    set_trainable(tuner, True)
    return replace_head(tuner, num_classes)
