"""question: head
mistake: 512 features are written into the code: right for resnet18 alone.
"""

from torch import nn


def replace_head(model, num_classes):
    old = model.fc if hasattr(model, "fc") else model.classifier[-1]
    new = nn.Linear(512, num_classes, device=old.weight.device, dtype=old.weight.dtype)
    if hasattr(model, "fc"):
        model.fc = new
    else:
        model.classifier[-1] = new
    return model
