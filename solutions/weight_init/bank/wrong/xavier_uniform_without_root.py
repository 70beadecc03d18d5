"""question: xavier
mistake: The bound is 6 / (fan_in + fan_out), without the root.
"""

import torch


def xavier_uniform_(weight):
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = 6 / (fan_in + fan_out)
    with torch.no_grad():
        return weight.uniform_(-bound, bound)
