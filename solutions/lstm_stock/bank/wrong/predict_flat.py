"""question: accuracy
mistake: predict returns (N,) and not (N, 1).
"""

import torch


def predict(model, X):
    model.eval()
    where = next(model.parameters()).device
    with torch.no_grad():
        return model(X.to(where)).flatten().cpu()
