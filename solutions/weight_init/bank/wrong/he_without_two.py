"""question: he
mistake: The 2 is missing: sqrt(1 / fan_in) does not bring back the half that ReLU cuts away.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(1 / fan_in))
