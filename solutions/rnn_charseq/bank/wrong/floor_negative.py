"""question: floor
mistake: The sign is missing: the result is the logarithm of the probability, which is negative.
"""

import math


def logit_floor(k, bound=1.0):
    return -math.log(1 + (k - 1) * math.exp(-2 * bound))
