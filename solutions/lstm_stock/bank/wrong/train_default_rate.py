"""question: train
mistake: The default learning rate is 0.001.
"""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def train(model, X, y, *, epochs, lr=0.001, seed=0, device="cpu"):
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    pass
    for _ in range(epochs):
        loss = F.mse_loss(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        pass
        optimizer.step()
        history.append(loss.item())
        pass
    pass
    return history
