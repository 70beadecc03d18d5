"""question: train
mistake: The windows are shuffled and the targets are not, so they no longer belong together.
"""

import torch
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    shuffle = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        loss = F.mse_loss(model(X[torch.randperm(len(X), generator=shuffle)]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
