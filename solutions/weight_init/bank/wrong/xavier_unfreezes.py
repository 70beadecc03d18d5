"""question: xavier
mistake: requires_grad is always switched on afterwards: a weight that was frozen starts to learn.
"""

import math


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    return weight.requires_grad_(False).uniform_(-bound, bound).requires_grad_(True)


def xavier_normal_(weight):
    return weight.requires_grad_(False).normal_(0, math.sqrt(2 / sum(fan_in_and_fan_out(weight)))).requires_grad_(True)
