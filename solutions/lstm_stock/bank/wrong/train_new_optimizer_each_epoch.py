"""question: train
mistake: A new optimiser is made in every epoch, so Adam forgets its running means each time.
"""

import torch
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    history = []
    for _ in range(epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        loss = F.mse_loss(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
