"""question: accuracy
mistake: persistence_rmse returns the mean squared error: the root is missing.
"""


def persistence_rmse(X, y):
    return ((X[:, -1, -1:] - y) ** 2).mean().item()
