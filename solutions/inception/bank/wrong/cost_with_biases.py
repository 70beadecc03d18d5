"""question: cost
mistake: The biases are counted among the parameters; they are left out.
"""


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = in_channels * out_channels * kernel**2
    return {"params": params + out_channels, "macs": params * height * width}
