"""question: parameters
mistake: Frozen parameters count as well: requires_grad is not looked at.
"""


def count_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())
