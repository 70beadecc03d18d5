"""question: split
mistake: The training rows are all rows, so the validation rows are among them.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order, order[:valid_size]
