"""question: floor
mistake: Right and wrong logits are taken to be `bound` apart; from bound down to -bound it is twice that.
"""

import math


def logit_floor(k, bound=1.0):
    return math.log(1 + (k - 1) * math.exp(-bound))
