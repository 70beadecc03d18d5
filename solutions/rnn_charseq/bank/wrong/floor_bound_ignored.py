"""question: floor
mistake: bound is not used: the floor is always that of tanh.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(1 + (k - 1) * math.exp(-2))
