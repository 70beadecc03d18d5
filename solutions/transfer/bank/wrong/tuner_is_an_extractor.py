"""question: extractor
mistake: fine_tuner freezes the backbone: it is a second extractor.
"""


def fine_tuner(model, num_classes):
    return feature_extractor(model, num_classes)
