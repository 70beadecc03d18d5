"""question: freeze
mistake: It only freezes: with flag True nothing happens.
"""


def set_trainable(module, flag):
    if not flag:
        for parameter in module.parameters():
            parameter.requires_grad = False
