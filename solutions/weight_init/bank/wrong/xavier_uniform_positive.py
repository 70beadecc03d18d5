"""question: xavier
mistake: The uniform distribution begins at 0: it should reach from -a to a.
"""

import math

import torch


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(6 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(0, bound)
