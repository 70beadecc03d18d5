"""The one-hot formula of the loss, a training mask for the split, losses kept as NumPy means over batches."""

import numpy as np
import torch
from torch import nn


def one_hot(labels, num_classes):
    table = np.eye(num_classes, dtype=np.float32)
    return torch.from_numpy(table[labels.cpu().numpy()]).to(labels.device)


class TwoLayerNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.parts = nn.ModuleList([nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, output_size)])

    def forward(self, x):
        first, second = self.parts
        return second(first(x).sigmoid()).log_softmax(dim=1).exp()


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.classify = nn.Linear(hidden_size, output_size)
        self.describe = nn.Sequential(nn.Flatten(), nn.Linear(input_size, hidden_size), nn.BatchNorm1d(hidden_size))

    def forward(self, x):
        hidden = self.describe(x)
        return self.classify(torch.maximum(hidden, torch.zeros_like(hidden)))


def split_train_valid(n, valid_size, seed=0):
    valid = np.zeros(n, dtype=bool)
    valid[np.random.RandomState(seed).choice(n, valid_size, replace=False)] = True
    return np.flatnonzero(~valid), np.flatnonzero(valid)


def loss_of(logits, labels):
    y = one_hot(labels, logits.shape[1])
    return -(y * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    images, labels = images.to(device), labels.to(device)
    model.to(device).train()
    optimizer = torch.optim.Adam(params=model.parameters(), lr=lr, betas=(0.9, 0.999))
    shuffle = np.random.RandomState(seed)
    history = []
    for _ in range(epochs):
        order = np.arange(len(images))
        shuffle.shuffle(order)
        met = []
        for rows in np.split(order, range(batch_size, len(order), batch_size)):
            rows = torch.as_tensor(rows, device=device)
            loss = loss_of(model(images[rows].flatten(1)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            met.append(loss.item())
        history.append(np.mean(met))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    found = model.training
    model.eval()
    model.to(device)
    classes = []
    for part in torch.split(images, batch_size):
        with torch.no_grad():
            classes.append(torch.topk(model(part.view(part.shape[0], -1).to(device)), 1).indices[:, 0])
    model.train(found)
    return torch.cat(classes).cpu()


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    train_idx, valid_idx = split_train_valid(len(images), valid_size, seed)
    images, labels = images.flatten(1).to(device), labels.to(device)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    shuffle = np.random.RandomState(seed)
    history = {"train": [], "valid": []}
    for _ in range(epochs):
        shuffle.shuffle(train_idx)
        met = []
        for start in range(0, len(train_idx), batch_size):
            rows = torch.as_tensor(train_idx[start : start + batch_size], device=device)
            loss = loss_of(model(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            met.append(loss.item())
        history["train"].append(float(np.mean(met)))
        model.eval()
        each = []
        with torch.no_grad():
            for row in torch.as_tensor(valid_idx, device=device):  # one image at a time
                each.append(loss_of(model(images[row : row + 1]), labels[row : row + 1]).item())
        model.train()
        history["valid"].append(float(np.mean(each)))
    return history


def best_epoch(valid_losses):
    return np.array(valid_losses).argmin()
