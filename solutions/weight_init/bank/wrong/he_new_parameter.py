"""question: he
mistake: A new parameter is made and returned; the layer keeps its old one.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    return torch.nn.Parameter(torch.randn(weight.shape) * math.sqrt(2 / fan_in))
