"""question: freeze
mistake: It can only freeze: with flag True nothing becomes trainable.
"""


def set_trainable(module, flag):
    for parameter in module.parameters():
        parameter.requires_grad = False
