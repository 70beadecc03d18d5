"""question: parameters
mistake: Only parameters of the module itself count; those of the layers in it are left out.
"""


def count_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters(recurse=False) if parameter.requires_grad)
