"""question: train
mistake: The prediction is squeezed to (N,) and y is (N, 1): every prediction is compared with every target.
"""

import torch


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = ((model(X).flatten() - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
