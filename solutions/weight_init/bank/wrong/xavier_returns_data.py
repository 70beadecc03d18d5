"""question: xavier
mistake: What is returned is weight.data, another tensor that autograd does not know, and not the weight itself.
"""

import math


def xavier_uniform_(weight):
    bound = math.sqrt(6 / sum(fan_in_and_fan_out(weight)))
    return weight.data.uniform_(-bound, bound)


def xavier_normal_(weight):
    return weight.data.normal_(0, math.sqrt(2 / sum(fan_in_and_fan_out(weight))))
