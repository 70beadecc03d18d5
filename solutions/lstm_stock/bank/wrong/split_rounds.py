"""question: split
mistake: The number of training rows is rounded to the nearest whole number and not down.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = round(len(rows) * train_fraction)
    return rows[:cut], rows[cut - context :]
