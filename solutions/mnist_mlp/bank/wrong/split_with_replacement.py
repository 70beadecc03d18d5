"""question: split
mistake: The validation rows are drawn with replacement, so some come twice and others are in no part.
"""

import torch


def split_train_valid(n, valid_size, seed=0):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(n, (n,), generator=generator)
    return drawn[valid_size:], drawn[:valid_size]
