"""question: floor
mistake: The wrong classes are given the logit 0; the best for them is -bound.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(math.exp(bound) + k - 1) - bound
