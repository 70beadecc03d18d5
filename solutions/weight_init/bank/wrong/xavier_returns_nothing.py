"""question: xavier
mistake: The weight is filled, but the functions end without return.
"""

import math

import torch


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    with torch.no_grad():
        weight.uniform_(-bound, bound)


def xavier_normal_(weight):
    with torch.no_grad():
        weight.normal_(0, math.sqrt(2 / sum(fan_in_and_fan_out(weight))))
