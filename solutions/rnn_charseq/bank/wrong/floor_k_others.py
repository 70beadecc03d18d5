"""question: floor
mistake: There are k - 1 other classes, not k.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(1 + k * math.exp(-2 * bound))
