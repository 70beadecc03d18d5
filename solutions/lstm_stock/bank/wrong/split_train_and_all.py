"""question: split
mistake: The second part is all rows and not the test rows, so the training days are tested too.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[:cut], rows
