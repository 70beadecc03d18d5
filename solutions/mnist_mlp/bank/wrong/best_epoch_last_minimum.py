"""question: validation
mistake: Of several equal losses the last one is taken and not the first.
"""


def best_epoch(valid_losses):
    best = 0
    for epoch, loss in enumerate(valid_losses):
        if loss <= valid_losses[best]:
            best = epoch
    return best
