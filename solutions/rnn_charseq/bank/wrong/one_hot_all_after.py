"""question: vocab
mistake: Every place up to the number is 1 and not only the place itself.
"""

import torch


def one_hot(indices, size):
    return (torch.arange(size, device=indices.device) <= indices.unsqueeze(-1)).float()
