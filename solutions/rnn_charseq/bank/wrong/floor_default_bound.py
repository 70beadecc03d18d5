"""question: floor
mistake: The default of bound is 0.5 and not 1.
"""

import math


def logit_floor(k, bound=0.5):
    return math.log(1 + (k - 1) * math.exp(-2 * bound))
