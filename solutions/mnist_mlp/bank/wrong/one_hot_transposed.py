"""question: one_hot
mistake: Classes run down the rows and images along the columns: the matrix is transposed.
"""

import torch


def one_hot(labels, num_classes):
    return torch.eye(num_classes)[:, labels]
