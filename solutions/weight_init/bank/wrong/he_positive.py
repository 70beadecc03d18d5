"""question: he
mistake: Only the sizes of the draws are kept, so no weight is negative.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / fan_in)).abs_()
