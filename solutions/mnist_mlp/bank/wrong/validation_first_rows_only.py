"""question: validation
mistake: The validation loss is that of the first 256 rows only, however many there are.
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
        total = 0.0
        order = train_idx[torch.randperm(len(train_idx), generator=generator).to(device)]
        for batch in order.split(batch_size):
            loss = F.cross_entropy(model(rows[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history["train"].append(total / len(order))
        model.eval()
        first = valid_idx[:256]
        with torch.no_grad():
            history["valid"].append(F.cross_entropy(model(rows[first]), targets[first]).item())
    return history
