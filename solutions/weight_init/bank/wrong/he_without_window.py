"""question: he
mistake: The fan in of a convolution is taken without its window kh * kw.
"""

import math

import torch


def he_normal_(weight):
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / weight.shape[1]))
