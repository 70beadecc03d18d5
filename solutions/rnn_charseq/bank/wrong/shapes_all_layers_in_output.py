"""question: model
mistake: The output is as wide as all layers together; it is that of the last layer.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, directions * layers * hidden), (layers * directions, batch, hidden)
