"""question: fans
mistake: The window of a convolution is left out: each output pixel sees kh * kw pixels of every input channel.
"""


def fan_in_and_fan_out(weight):
    return weight.shape[1], weight.shape[0]
