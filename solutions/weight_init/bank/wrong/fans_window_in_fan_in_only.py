"""question: fans
mistake: The window kh * kw is counted in the fan in and left out of the fan out.
"""

import math


def fan_in_and_fan_out(weight):
    return weight.shape[1] * math.prod(weight.shape[2:]), weight.shape[0]
