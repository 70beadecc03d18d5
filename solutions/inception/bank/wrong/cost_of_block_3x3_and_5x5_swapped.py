"""question: cost
mistake: The 3×3 branch is counted with 5×5 filters, and the 5×5 branch with 3×3 filters.
"""


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    costs = [
        conv_cost(in_channels, c1, 1, height, width),
        conv_cost(in_channels, r3, 1, height, width),
        conv_cost(r3, c3, 5, height, width),
        conv_cost(in_channels, r5, 1, height, width),
        conv_cost(r5, c5, 3, height, width),
        conv_cost(in_channels, pool_proj, 1, height, width),
    ]
    return {key: sum(cost[key] for cost in costs) for key in ("params", "macs")}
