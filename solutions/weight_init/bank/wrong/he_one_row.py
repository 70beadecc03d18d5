"""question: he
mistake: One row is drawn and given to all units: units that start alike stay alike for ever.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.copy_(torch.randn(weight.shape[1:]) * math.sqrt(2 / fan_in))
