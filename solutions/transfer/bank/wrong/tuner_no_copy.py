"""question: extractor
mistake: The model that was given is changed itself: copy.deepcopy copies its layers, too; copy.copy does not.
"""


def fine_tuner(model, num_classes):
    set_trainable(model, True)
    return replace_head(model, num_classes)
