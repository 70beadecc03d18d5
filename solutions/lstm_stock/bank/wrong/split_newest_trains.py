"""question: split
mistake: The last days train and the first ones test: the network learns from the future of its test days.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[-cut:], rows[: len(rows) - cut + context]
