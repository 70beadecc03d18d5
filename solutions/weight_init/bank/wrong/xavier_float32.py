"""question: xavier
mistake: The weight gets new data in float32, whatever its dtype was.
"""

import math

import torch


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    weight.data = torch.empty(weight.shape).uniform_(-bound, bound)
    return weight


def xavier_normal_(weight):
    weight.data = torch.randn(weight.shape) * math.sqrt(2 / sum(fan_in_and_fan_out(weight)))
    return weight
