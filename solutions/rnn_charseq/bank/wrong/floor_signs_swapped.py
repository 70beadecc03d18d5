"""question: floor
mistake: The exponent has the wrong sign: that is the largest loss and not the least.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(1 + (k - 1) * math.exp(2 * bound))
