"""question: head
mistake: The new head begins with the rows of the old one.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    rows = min(num_classes, old.out_features)
    new.weight.data[:rows] = old.weight.data[:rows]
    new.bias.data[:rows] = old.bias.data[:rows]
    return model
