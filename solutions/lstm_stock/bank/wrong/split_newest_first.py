"""question: split
mistake: Both parts are turned round and begin with the newest day.
"""


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    return rows[:cut][::-1], rows[cut - context :][::-1]
