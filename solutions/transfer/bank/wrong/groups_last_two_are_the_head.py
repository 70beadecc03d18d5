"""question: groups
mistake: The last two trainable parameters are taken for the head, also when it is partly frozen.
"""


def parameter_groups(model, head_lr, backbone_lr):
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [{"params": trainable[-2:], "lr": head_lr}, {"params": trainable[:-2], "lr": backbone_lr}]
