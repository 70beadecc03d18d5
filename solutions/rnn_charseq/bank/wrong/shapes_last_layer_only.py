"""question: model
mistake: The hidden shape counts the last layer only.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, directions * hidden), (directions, batch, hidden)
