"""question: accuracy
mistake: The order is drawn once, and every second epoch goes through it backwards.
"""

import torch
import torch.nn.functional as F


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    history = []
    order = torch.randperm(len(images), generator=generator)
    for epoch in range(epochs):
        order = order.flip(0)
        total = 0.0
        for batch in order.split(batch_size):
            loss = F.nll_loss(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(images))
    return history
