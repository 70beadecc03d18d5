"""question: split
mistake: The context days are taken out of the training part, where they belong too.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[: cut - context], rows[cut - context :]
