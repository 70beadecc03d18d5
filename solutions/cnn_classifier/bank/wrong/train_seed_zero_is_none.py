"""question: train
mistake: `if seed:` takes the seed 0 for no seed at all, and the history differs from run to run.
"""

import torch
from torch.nn import functional as F


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    if seed:
        torch.manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        order = torch.randperm(len(images)).to(device)
        for batch in order.split(batch_size):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(images))
    return history
