"""question: freeze
mistake: requires_grad is turned round, whatever the flag says.
"""


def set_trainable(module, flag):
    for parameter in module.parameters():
        parameter.requires_grad = not parameter.requires_grad
