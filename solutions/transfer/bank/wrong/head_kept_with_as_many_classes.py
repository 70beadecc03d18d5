"""question: head
mistake: With as many classes as before nothing is replaced.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    if old.out_features == num_classes:
        return model
    new = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    return model
