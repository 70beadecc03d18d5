"""question: extractor
mistake: The fine-tuner starts from new random weights: nothing is transferred.
"""

import copy


def fine_tuner(model, num_classes):
    tuner = copy.deepcopy(model)
    for part in tuner.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    set_trainable(tuner, True)
    return replace_head(tuner, num_classes)
