"""question: validation
mistake: The epochs are counted from 1 and not from 0.
"""


def best_epoch(valid_losses):
    return valid_losses.index(min(valid_losses)) + 1
