"""question: train
mistake: A new Adam is made in every epoch, which forgets its running means.
"""

import torch
from torch.nn import functional as F


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device).train()
    inputs, targets = inputs.to(device), targets.to(device)
    history = []
    for _ in range(epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        logits = model(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
