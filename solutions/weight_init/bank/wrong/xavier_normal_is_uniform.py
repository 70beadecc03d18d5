"""question: xavier
mistake: xavier_normal_ draws from a uniform distribution: the standard deviation is right, the shape is not.
"""

import math

import torch


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(6 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(-bound, bound)
