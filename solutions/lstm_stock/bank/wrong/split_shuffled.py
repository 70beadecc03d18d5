"""question: split
mistake: The rows are shuffled before they are divided, so test days lie between training days.
"""

import numpy as np


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    order = np.random.default_rng(0).permutation(len(rows))
    return rows[order[:cut]], rows[order[cut - context :]]
