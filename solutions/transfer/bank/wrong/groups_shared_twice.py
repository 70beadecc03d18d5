"""question: groups
mistake: A parameter that two layers share is in the groups twice.
"""


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    groups = []
    for part in model.modules():
        chosen = [p for p in part.parameters(recurse=False) if p.requires_grad]
        groups.append({"params": chosen, "lr": head_lr if part is head else backbone_lr})
    return groups
