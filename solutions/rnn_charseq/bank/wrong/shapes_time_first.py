"""question: model
mistake: The output shape has the length before the batch.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (length, batch, directions * hidden), (layers * directions, batch, hidden)
