"""question: split
mistake: The context is not used: the test part always starts right after the training part.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[:cut], rows[cut:]
