"""question: split
mistake: The seed is never used, so every call gives other rows.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    order = torch.randperm(n)
    return order[valid_size:], order[:valid_size]
