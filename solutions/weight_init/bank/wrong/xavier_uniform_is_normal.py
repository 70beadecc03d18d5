"""question: xavier
mistake: xavier_uniform_ draws from a normal distribution of the right variance: no weight may lie beyond ±a.
"""

import math

import torch


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / (fan_in + fan_out)))
