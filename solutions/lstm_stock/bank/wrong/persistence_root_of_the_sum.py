"""question: accuracy
mistake: persistence_rmse takes the root of the sum and not of the mean of the squares.
"""


def persistence_rmse(X, y):
    return ((X[:, -1, -1:] - y) ** 2).sum().sqrt().item()
