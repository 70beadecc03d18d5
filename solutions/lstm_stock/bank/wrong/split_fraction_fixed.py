"""question: split
mistake: The fraction is fixed at 0.7 and train_fraction is not used.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * 0.7)
    return rows[:cut], rows[cut - context :]
