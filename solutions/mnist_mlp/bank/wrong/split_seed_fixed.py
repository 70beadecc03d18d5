"""question: split
mistake: The generator always starts from 0, so every seed gives the same rows.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    return order[valid_size:], order[:valid_size]
