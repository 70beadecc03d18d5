"""question: split
mistake: The training part is extended by the context: it has days that are to be tested.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[: cut + context], rows[cut:]
