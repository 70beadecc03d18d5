"""question: train
mistake: AdamW with its weight decay.
"""

import torch
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = F.mse_loss(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
