"""question: groups
mistake: Only convolutions and Linear layers are gone through: batch norm is in no group.
"""

from torch import nn


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    groups = []
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            chosen = [parameter for parameter in part.parameters() if parameter.requires_grad]
            groups.append({"params": chosen, "lr": head_lr if part is head else backbone_lr})
    return groups
