"""question: groups
mistake: All parameters are made trainable at the end.
"""


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    of_head = {id(parameter) for parameter in head.parameters()}
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    result = [
        {"params": [parameter for parameter in trainable if id(parameter) in of_head], "lr": head_lr},
        {"params": [parameter for parameter in trainable if id(parameter) not in of_head], "lr": backbone_lr},
    ]
    model.requires_grad_(True)
    return result
