"""question: cost
mistake: Multiplications and additions are counted apart, so that macs is twice as large.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return {"params": params, "macs": 2 * params * height * width}
