"""question: head
mistake: A network with a classifier gets an fc beside it, which its forward never uses.
"""

from torch import nn


def replace_head(model, num_classes):
    if hasattr(model, "fc"):
        old = model.fc
        model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
        return model
    old = model.classifier[-1]
    model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    return model
