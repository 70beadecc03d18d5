"""question: parameters
mistake: Biases are left out: it counts parameters of two and more axes only.
"""


def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad and p.ndim > 1)
