"""question: train
mistake: AdamW with its weight decay of 0.01 in place of Adam.
"""

import torch
from torch.nn import functional as F


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device).train()
    inputs, targets = inputs.to(device), targets.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
