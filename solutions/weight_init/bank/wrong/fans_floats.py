"""question: fans
mistake: The fans are floats: np.prod of an empty tuple is 1.0, and ints are asked for.
"""

import numpy as np


def fan_in_and_fan_out(weight):
    receptive_field = np.prod(tuple(weight.shape[2:]))
    return weight.shape[1] * receptive_field, weight.shape[0] * receptive_field
