"""question: floor
mistake: The logarithm is that to base 2; cross-entropy uses the natural one.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log2(1 + (k - 1) * math.exp(-2 * bound))
