"""question: head
mistake: A new layer is put on top of the old head, and reads its classes and not the features.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Sequential(old, nn.Linear(old.out_features, num_classes, device=old.weight.device, dtype=old.weight.dtype))
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    return model
