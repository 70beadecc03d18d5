"""question: head
mistake: The new head takes over requires_grad of the old one, so in a frozen network it is frozen.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    for parameter in new.parameters():
        parameter.requires_grad = old.weight.requires_grad
    return model
