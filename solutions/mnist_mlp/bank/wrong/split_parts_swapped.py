"""question: split
mistake: The two parts are returned in the wrong order: training comes first.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[:valid_size], order[valid_size:]
