"""question: freeze
mistake: It can only freeze: with flag True nothing becomes trainable.
"""


def set_trainable(module, flag):
    if not flag:
        for parameter in module.parameters():
            parameter.requires_grad = False
