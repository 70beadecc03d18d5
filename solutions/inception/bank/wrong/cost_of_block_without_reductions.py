"""question: cost
mistake: The 3×3 and 5×5 convolutions of a block are counted from all channels that come in, not from the reduced ones.
"""


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    costs = [
        conv_cost(in_channels, c1, 1, height, width),
        conv_cost(in_channels, r3, 1, height, width),
        conv_cost(in_channels, c3, 3, height, width),
        conv_cost(in_channels, r5, 1, height, width),
        conv_cost(in_channels, c5, 5, height, width),
        conv_cost(in_channels, pool_proj, 1, height, width),
    ]
    return {key: sum(cost[key] for cost in costs) for key in ("params", "macs")}
