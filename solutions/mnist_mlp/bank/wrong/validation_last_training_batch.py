"""question: validation
mistake: "train" holds the loss of the last batch of each epoch, not the mean of all.
"""

import torch
from torch.nn import functional as F


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    rows, targets = images.flatten(1).to(device), labels.to(device)
    train_idx, valid_idx = (index.to(device) for index in split_train_valid(len(images), valid_size, seed))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    history = {"train": [], "valid": []}
    for _ in range(epochs):
        model.train()
        order = train_idx[torch.randperm(len(train_idx), generator=generator).to(device)]
        for batch in order.split(batch_size):
            loss = F.cross_entropy(model(rows[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        history["train"].append(loss.item())
        model.eval()
        with torch.no_grad():
            history["valid"].append(F.cross_entropy(model(rows[valid_idx]), targets[valid_idx]).item())
    return history
