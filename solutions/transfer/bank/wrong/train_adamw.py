"""question: accuracy
mistake: AdamW in place of Adam.
"""

import torch
import torch.nn.functional as F


def train(model, images, labels, *, epochs, groups=None, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    images, labels = images.to(device), labels.to(device)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable if groups is None else groups, lr=lr)
    generator = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(images), generator=generator).to(device).split(batch_size):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(images))
    return history
