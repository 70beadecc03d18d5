"""question: he
mistake: The draws are added to what the weight held before instead of replacing it.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.add_(torch.randn_like(weight) * math.sqrt(2 / fan_in))
