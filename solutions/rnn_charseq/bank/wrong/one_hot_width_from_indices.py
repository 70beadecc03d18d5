"""question: vocab
mistake: The width is the largest number that occurs plus one, and not `size`.
"""

from torch.nn import functional as F


def one_hot(indices, size):
    return F.one_hot(indices).float()
