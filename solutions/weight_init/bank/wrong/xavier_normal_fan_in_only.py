"""question: xavier
mistake: Only the fan in is used, sqrt(1 / fan_in), where Xavier takes the mean of both fans.
"""

import math

import torch


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(1 / fan_in))
