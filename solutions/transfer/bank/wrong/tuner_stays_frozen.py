"""question: extractor
mistake: What is frozen in the model stays frozen in the fine-tuner.
"""

import copy


def fine_tuner(model, num_classes):
    return replace_head(copy.deepcopy(model), num_classes)
