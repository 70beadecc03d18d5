"""question: xavier
mistake: The 2 below the root is missing: the mean of the fans is (fan_in + fan_out) / 2.
"""

import math

import torch


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(1 / (fan_in + fan_out)))
