"""question: parameters
mistake: It takes the length of each parameter, which is its first axis only.
"""


def count_parameters(module):
    return sum(len(p.reshape(-1) if p.ndim == 0 else p) for p in module.parameters() if p.requires_grad)
