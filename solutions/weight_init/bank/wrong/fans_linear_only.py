"""question: fans
mistake: Only a Linear's weight is taken apart; the four axes of a convolution's weight do not fit into two names.
"""


def fan_in_and_fan_out(weight):
    fan_out, fan_in = weight.shape
    return fan_in, fan_out
