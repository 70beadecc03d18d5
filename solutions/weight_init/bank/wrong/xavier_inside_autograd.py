"""question: xavier
mistake: The weight is filled where autograd looks: a parameter refuses that, so torch.no_grad() is needed.
"""

import math


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    return weight.uniform_(-bound, bound)


def xavier_normal_(weight):
    return weight.normal_(0, math.sqrt(2 / sum(fan_in_and_fan_out(weight))))
