"""question: extractor
mistake: fine_tuner's copy is shallow: its layers are the model's own.
"""

import copy


def fine_tuner(model, num_classes):
    tuner = copy.copy(model)
    set_trainable(tuner, True)
    return replace_head(tuner, num_classes)
