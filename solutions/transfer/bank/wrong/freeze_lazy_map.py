"""question: freeze
mistake: map() is never gone through, so nothing happens at all.
"""


def set_trainable(module, flag):
    map(lambda parameter: parameter.requires_grad_(flag), module.parameters())
