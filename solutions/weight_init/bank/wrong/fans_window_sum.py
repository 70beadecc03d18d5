"""question: fans
mistake: The sides of the window are added up instead of multiplied.
"""


def fan_in_and_fan_out(weight):
    receptive_field = sum(weight.shape[2:]) or 1
    return weight.shape[1] * receptive_field, weight.shape[0] * receptive_field
