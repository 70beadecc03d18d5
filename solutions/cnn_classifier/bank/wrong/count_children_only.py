"""question: parameters
mistake: Only the direct children's own parameters count: layers further down, and the module itself, are left out.
"""


def count_parameters(module):
    found = [p for child in module.children() for p in child.parameters(recurse=False)] or list(module.parameters())
    return sum(parameter.numel() for parameter in found if parameter.requires_grad)
