"""question: he
mistake: The draws are uniform, as in He's other rule; the normal one is asked for.
"""

import math

import torch


def he_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(6 / fan_in)
    with torch.no_grad():
        return weight.uniform_(-bound, bound)
