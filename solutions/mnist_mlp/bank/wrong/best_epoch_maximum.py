"""question: validation
mistake: The epoch with the largest loss is returned.
"""


def best_epoch(valid_losses):
    return valid_losses.index(max(valid_losses))
