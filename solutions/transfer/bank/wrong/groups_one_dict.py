"""question: groups
mistake: A single dict is returned, with a list of learning rates in it.
"""


def parameter_groups(model, head_lr, backbone_lr):
    head = model.fc if hasattr(model, "fc") else model.classifier[-1]
    of_head = {id(parameter) for parameter in head.parameters()}
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    rates = [head_lr if id(parameter) in of_head else backbone_lr for parameter in trainable]
    return {"params": trainable, "lr": rates}
