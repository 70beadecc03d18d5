"""question: train
mistake: The windows are taken in mini-batches, with a step for each: asked is one step with all of them.
"""

import torch
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for batch in torch.arange(len(X)).split((len(X) + 2) // 3):
            loss = F.mse_loss(model(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(X))
    return history
