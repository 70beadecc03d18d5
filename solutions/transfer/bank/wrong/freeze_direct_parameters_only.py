"""question: freeze
mistake: Only the module's own parameters are set, and not those of the layers in it.
"""


def set_trainable(module, flag):
    for parameter in module.parameters(recurse=False):
        parameter.requires_grad = flag
