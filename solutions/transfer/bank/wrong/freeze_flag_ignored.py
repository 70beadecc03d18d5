"""question: freeze
mistake: The flag is not used: everything is frozen each time.
"""


def set_trainable(module, flag):
    for parameter in module.parameters():
        parameter.requires_grad = False
