"""question: model
mistake: The two directions of the hidden state lie side by side; each has a row of its own.
"""


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 2 if bidirectional else 1
    return (batch, length, directions * hidden), (layers, batch, directions * hidden)
