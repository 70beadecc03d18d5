"""question: xavier
mistake: The functions return new tensors and leave the weight they were given as it was.
"""

import math

import torch


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    return torch.empty_like(weight, requires_grad=False).uniform_(-bound, bound)


def xavier_normal_(weight):
    return torch.randn_like(weight, requires_grad=False) * math.sqrt(2 / sum(fan_in_and_fan_out(weight)))
