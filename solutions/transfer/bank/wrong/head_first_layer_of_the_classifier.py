"""question: head
mistake: The first layer of the classifier is replaced, and the head is its last.
"""

from torch import nn


def replace_head(model, num_classes):
    if hasattr(model, "fc"):
        old = model.fc
        model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
        return model
    old = model.classifier[0]
    model.classifier[0] = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    return model
