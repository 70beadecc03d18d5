"""question: groups
mistake: Only layers without layers in them are gone through: a module's own parameters are in no group.
"""


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    groups, seen = [], set()
    for part in model.modules():
        if not list(part.children()):
            chosen = [p for p in part.parameters() if p.requires_grad and id(p) not in seen]
            seen |= {id(p) for p in chosen}
            groups.append({"params": chosen, "lr": head_lr if part is head else backbone_lr})
    return groups
