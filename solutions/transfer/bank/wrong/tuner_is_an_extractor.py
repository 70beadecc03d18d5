"""question: extractor
mistake: The fine-tuner's backbone is frozen, and in a fine-tuner everything is trainable.
"""


def fine_tuner(model, num_classes):
    return feature_extractor(model, num_classes)
