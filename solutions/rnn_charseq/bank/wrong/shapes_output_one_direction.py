"""question: model
mistake: The output is not twice as wide for both directions.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, hidden), (layers * directions, batch, hidden)
