"""question: fans
mistake: The window is taken to be square: kh * kh instead of kh * kw.
"""


def fan_in_and_fan_out(weight):
    receptive_field = weight.shape[2] ** 2 if weight.dim() == 4 else 1
    return weight.shape[1] * receptive_field, weight.shape[0] * receptive_field
