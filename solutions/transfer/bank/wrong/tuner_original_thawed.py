"""question: extractor
mistake: The model that was given is made trainable, and then copied.
"""

import copy


def fine_tuner(model, num_classes):
    set_trainable(model, True)
    return replace_head(copy.deepcopy(model), num_classes)
