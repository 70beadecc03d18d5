"""question: accuracy
mistake: predict answers with the close of the last day and does not ask the network.
"""


def predict(model, X):
    return X[:, -1, -1:]
