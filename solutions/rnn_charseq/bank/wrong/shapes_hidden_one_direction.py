"""question: model
mistake: The hidden state counts the layers and not the directions.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, directions * hidden), (layers, batch, hidden)
