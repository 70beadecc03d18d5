"""question: train
mistake: Only the first part of the windows is used.
"""

import torch
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    half = (len(X) + 1) // 2
    X, y = X[:half].to(device), y[:half].to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = F.mse_loss(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
