"""question: head
mistake: A copy gets the new head, and the model that was given keeps the old one.
"""

import copy

from torch import nn


def replace_head(model, num_classes):
    model = copy.deepcopy(model)
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    return model
