"""question: one_hot
mistake: The width comes from the largest label that occurs and not from num_classes, so columns are missing.
"""

from torch.nn import functional as F


def one_hot(labels, num_classes):
    return F.one_hot(labels).float()
