"""question: floor
mistake: The result is the largest probability of the right class; the loss is minus its logarithm.
"""

import math


def logit_floor(k, bound=1.0):
    return 1 / (1 + (k - 1) * math.exp(-2 * bound))
