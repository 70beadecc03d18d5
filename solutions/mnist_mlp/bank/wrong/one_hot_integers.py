"""question: one_hot
mistake: The rows are right, but they are integers: F.one_hot needs .float() before a loss can use them.
"""

from torch.nn import functional as F


def one_hot(labels, num_classes):
    return F.one_hot(labels, num_classes)
