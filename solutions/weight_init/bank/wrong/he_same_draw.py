"""question: he
mistake: A generator with a fixed seed is made in each call, so every layer of one shape gets the same weights.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return weight.copy_(torch.randn(weight.shape, generator=generator) * math.sqrt(2 / fan_in))
