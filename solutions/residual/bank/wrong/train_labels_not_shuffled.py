"""question: accuracy
mistake: The images are shuffled and the labels are not, so most images get another image's label.
"""

import torch
from torch.nn import functional as F


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        order = torch.randperm(len(images), generator=generator).to(device)
        for batch, right in zip(order.split(batch_size), labels.split(batch_size)):
            loss = F.cross_entropy(model(images[batch]), right)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(images))
    return history
