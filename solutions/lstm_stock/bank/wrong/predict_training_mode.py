"""question: accuracy
mistake: predict leaves the network in training mode, where dropout is on.
"""

import torch


def predict(model, X):
    model.train()
    where = next(model.parameters()).device
    with torch.no_grad():
        return model(X.to(where)).cpu()
