"""question: xavier
mistake: normal_ is given the variance 2 / (fan_in + fan_out), and it takes the standard deviation: the root.
"""

import torch


def xavier_normal_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, 2 / (fan_in + fan_out))
