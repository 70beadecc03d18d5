"""question: vocab
mistake: The rows hold integers, as F.one_hot gives them; they must be floats.
"""

from torch.nn import functional as F


def one_hot(indices, size):
    return F.one_hot(indices, size)
