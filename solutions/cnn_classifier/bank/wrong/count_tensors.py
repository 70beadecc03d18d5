"""question: parameters
mistake: It counts tensors and not the numbers in them: every parameter is 1.
"""


def count_parameters(module):
    return len([parameter for parameter in module.parameters() if parameter.requires_grad])
