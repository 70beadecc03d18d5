"""question: model
mistake: The hidden shape comes first and the output shape second.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (layers * directions, batch, hidden), (batch, length, directions * hidden)
