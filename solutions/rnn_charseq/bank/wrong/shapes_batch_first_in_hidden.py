"""question: model
mistake: The hidden shape has the batch first; there the layers come first even with batch_first=True.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, directions * hidden), (batch, layers * directions, hidden)
