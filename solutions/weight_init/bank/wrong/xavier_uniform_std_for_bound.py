"""question: xavier
mistake: The bound of the uniform distribution is the standard deviation, sqrt(2 / (fan_in + fan_out)): it should be sqrt(3) times as large.
"""

import math

import torch


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(2 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(-bound, bound)
