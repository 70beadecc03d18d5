"""question: freeze
mistake: Only the direct children are gone through, so layers inside of blocks are left out.
"""


def set_trainable(module, flag):
    for child in module.children():
        for parameter in child.parameters(recurse=False):
            parameter.requires_grad = flag
