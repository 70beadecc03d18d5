"""question: he
mistake: Draws beyond two standard deviations are cut off, which makes the distribution narrower.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    std = math.sqrt(2 / fan_in)
    with torch.no_grad():
        return torch.nn.init.trunc_normal_(weight, 0, std, -2 * std, 2 * std)
