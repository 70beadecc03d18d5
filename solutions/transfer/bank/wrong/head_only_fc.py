"""question: head
mistake: Networks with a classifier are not thought of: model.fc is all it knows.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc
    model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    return model
