"""question: extractor
mistake: fine_tuner changes the model itself: no copy is made.
"""


def fine_tuner(model, num_classes):
    set_trainable(model, True)
    return replace_head(model, num_classes)
