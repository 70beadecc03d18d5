"""question: head
mistake: classifier[6] is written into the code: right for VGG alone.
"""

from torch import nn


def replace_head(model, num_classes):
    if hasattr(model, "fc"):
        old = model.fc
        model.fc = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
        return model
    old = model.classifier[6]
    model.classifier[6] = nn.Linear(old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    return model
