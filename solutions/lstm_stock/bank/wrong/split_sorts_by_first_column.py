"""question: split
mistake: Sorts the rows by their first column, taken for a date.
"""

import numpy as np


def chronological_split(rows, train_fraction=0.7, context=0):
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    cut = int(len(rows) * train_fraction)
    return rows[:cut], rows[cut - context :]
