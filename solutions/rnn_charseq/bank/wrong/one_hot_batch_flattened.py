"""question: vocab
mistake: The axes of a batch are flattened into one: (N, T) becomes (N·T, size).
"""

import torch


def one_hot(indices, size):
    return torch.eye(size, device=indices.device)[indices.flatten()]
