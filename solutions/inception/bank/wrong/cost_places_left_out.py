"""question: cost
mistake: macs is the number of weights: that each is used at every place is left out.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return {"params": params, "macs": params}
