"""question: he
mistake: He's rule takes the fan in alone, not the mean of both fans.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(4 / (fan_in + fan_out)))
