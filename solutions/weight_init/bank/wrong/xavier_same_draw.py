"""question: xavier
mistake: A seed is set inside the functions, so every layer of one shape gets the same weights.
"""

import math

import torch


def xavier_uniform_(weight):
    torch.manual_seed(0)
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    with torch.no_grad():
        return weight.uniform_(-bound, bound)


def xavier_normal_(weight):
    torch.manual_seed(0)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / sum(fan_in_and_fan_out(weight))))
