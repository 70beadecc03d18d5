"""question: split
mistake: Only the training rows are shuffled, after the cut: the validation rows are always the last ones.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    order = torch.randperm(n - valid_size, generator=torch.Generator().manual_seed(seed))
    return order, torch.arange(n - valid_size, n)
