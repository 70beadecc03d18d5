"""question: parameters
mistake: A parameter that two layers share counts twice.
"""


def count_parameters(module):
    return sum(p.numel() for part in module.modules() for p in part.parameters(recurse=False) if p.requires_grad)
