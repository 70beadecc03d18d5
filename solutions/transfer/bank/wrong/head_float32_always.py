"""question: head
mistake: The new head is in float32, whatever the network is in.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Linear(old.in_features, num_classes, device=old.weight.device)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    return model
