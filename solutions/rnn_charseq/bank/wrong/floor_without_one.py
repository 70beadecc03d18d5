"""question: floor
mistake: The 1 + under the logarithm is missing.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log((k - 1) * math.exp(-2 * bound))
