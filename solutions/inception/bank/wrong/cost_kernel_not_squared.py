"""question: cost
mistake: The kernel is not squared.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel
    return {"params": params, "macs": params * height * width}
