"""question: xavier
mistake: The weights are drawn from uniform(0, 1), as for the lecture's first network: all positive and far too large.
"""

import torch


def xavier_uniform_(weight):
    with torch.no_grad():
        return weight.uniform_(0, 1)
