"""question: freeze
mistake: requires_grad is set as an attribute of the module, which means nothing to torch.
"""


def set_trainable(module, flag):
    for part in module.modules():
        part.requires_grad = flag
