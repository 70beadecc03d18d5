"""question: train
mistake: No step has an effect: optimizer.step() is missing, or zero_grad stands between backward and it.
"""

import torch
from torch.nn import functional as F


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device).train()
    inputs, targets = inputs.to(device), targets.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        history.append(loss.item())
    return history
