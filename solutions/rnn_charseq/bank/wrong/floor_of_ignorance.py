"""question: floor
mistake: The result is log k, the loss of a network that knows nothing.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(k)
