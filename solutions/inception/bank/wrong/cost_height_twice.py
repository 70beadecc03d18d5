"""question: cost
mistake: The height is used twice and the width not at all.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return {"params": params, "macs": params * height * height}
