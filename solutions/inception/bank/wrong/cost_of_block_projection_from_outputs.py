"""question: cost
mistake: The projection is counted from the channels of the other branches, not from those that come in.
"""


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    costs = [
        conv_cost(in_channels, c1, 1, height, width),
        conv_cost(in_channels, r3, 1, height, width),
        conv_cost(r3, c3, 3, height, width),
        conv_cost(in_channels, r5, 1, height, width),
        conv_cost(r5, c5, 5, height, width),
        conv_cost(c1 + c3 + c5, pool_proj, 1, height, width),
    ]
    return {key: sum(cost[key] for cost in costs) for key in ("params", "macs")}
