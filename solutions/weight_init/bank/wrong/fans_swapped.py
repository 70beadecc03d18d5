"""question: fans
mistake: Fan in and fan out are swapped: the weight of a layer is (out, in), outputs first.
"""

import math


def fan_in_and_fan_out(weight):
    receptive_field = math.prod(weight.shape[2:])
    return weight.shape[0] * receptive_field, weight.shape[1] * receptive_field
