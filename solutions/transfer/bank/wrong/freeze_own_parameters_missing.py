"""question: freeze
mistake: The children are gone through with all that is in them, and the module's own parameters are left out.
"""


def set_trainable(module, flag):
    for child in module.children():
        for parameter in child.parameters():
            parameter.requires_grad = flag
