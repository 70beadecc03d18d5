"""question: cost
mistake: The output is counted as smaller than the input, as without padding.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return {"params": params, "macs": params * (height - kernel + 1) * (width - kernel + 1)}
