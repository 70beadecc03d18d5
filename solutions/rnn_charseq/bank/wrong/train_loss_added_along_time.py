"""question: train
mistake: The losses of the positions are added up along the text; they should be averaged.
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
        loss = sum(F.cross_entropy(logits[:, t], targets[:, t]) for t in range(targets.shape[1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history
