"""question: cost
mistake: The two numbers come as a tuple, not as a dict.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return params, params * height * width
