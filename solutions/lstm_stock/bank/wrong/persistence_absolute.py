"""question: accuracy
mistake: persistence_rmse returns the mean absolute error.
"""


def persistence_rmse(X, y):
    return (X[:, -1, -1:] - y).abs().mean().item()
