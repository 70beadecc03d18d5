"""Functional style: layers named fc1, bn and fc2, F.relu in forward, NumPy permutations, sums over rows."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def one_hot(labels, num_classes):
    return F.one_hot(labels, num_classes).float()


class TwoLayerNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.fc2 = nn.Linear(hidden_size, output_size)
        self.fc1 = nn.Linear(input_size, hidden_size)

    def forward(self, x):
        return F.softmax(self.fc2(torch.sigmoid(self.fc1(x))), dim=-1)


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.fc2 = nn.Linear(hidden_size, output_size)
        self.bn = nn.BatchNorm1d(hidden_size)
        self.fc1 = nn.Linear(input_size, hidden_size, bias=False)

    def forward(self, x):
        x = x.flatten(1)
        return self.fc2(F.relu(self.bn(self.fc1(x))))


def split_train_valid(n, valid_size, seed=0):
    order = np.random.default_rng(seed).permutation(n)
    return order[: n - valid_size], order[n - valid_size :]


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    random = np.random.default_rng(seed)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    n = images.shape[0]
    history = []
    for _ in range(epochs):
        model.train()
        order = random.permutation(n)
        loss_sum = 0.0
        for start in range(0, n, batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            logits = model(images[rows].reshape(len(rows), -1).to(device))
            loss = F.cross_entropy(logits, labels[rows].to(device))
            loss.backward()
            optimizer.step()
            loss_sum += float(loss.detach()) * len(rows)
        history.append(loss_sum / n)
    model.eval()
    return history


@torch.no_grad()
def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device)
    model.eval()
    logits = [model(chunk.reshape(len(chunk), -1).to(device)) for chunk in torch.split(images, batch_size)]
    model.train(was_training)
    return torch.cat(logits).argmax(1).cpu()


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    train_idx, valid_idx = split_train_valid(len(images), valid_size, seed)
    random = np.random.default_rng(seed)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    valid_rows, valid_labels = images[valid_idx].flatten(1).to(device), labels[valid_idx].to(device)
    history = {"train": [], "valid": []}
    for _ in range(epochs):
        model.train()
        order = random.permutation(train_idx)
        loss_sum = 0.0
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[rows].flatten(1).to(device)), labels[rows].to(device))
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(rows)
        history["train"].append(loss_sum / len(order))
        model.eval()
        with torch.no_grad():
            history["valid"].append(F.cross_entropy(model(valid_rows), valid_labels).item())
    return history


def best_epoch(valid_losses):
    best = 0
    for epoch, loss in enumerate(valid_losses):
        if loss < valid_losses[best]:
            best = epoch
    return best
