"""question: vocab
mistake: The axis of length `size` is the first one and not the last.
"""

from torch.nn import functional as F


def one_hot(indices, size):
    return F.one_hot(indices, size).float().movedim(-1, 0)
