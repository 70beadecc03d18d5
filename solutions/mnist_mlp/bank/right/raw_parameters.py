"""By hand: weights as raw parameters (in, out), batch norm by F.batch_norm, cross-entropy by logsumexp, argsort shuffles."""

import random

import torch
import torch.nn.functional as F
from torch import nn


def one_hot(labels, num_classes):
    result = torch.zeros(len(labels), num_classes, dtype=torch.float64)
    result.scatter_(1, labels.unsqueeze(1), 1.0)
    return result


class TwoLayerNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.w2 = nn.Parameter(torch.randn(hidden_size, output_size) / hidden_size**0.5)
        self.w1 = nn.Parameter(torch.randn(input_size, hidden_size) / input_size**0.5)
        self.b1 = nn.Parameter(torch.zeros(1, hidden_size))
        self.b2 = nn.Parameter(torch.zeros(output_size))

    def forward(self, x):
        hidden = 1 / (1 + torch.exp(-(x @ self.w1 + self.b1)))
        z = hidden @ self.w2 + self.b2
        e = torch.exp(z - z.max(dim=1, keepdim=True).values)
        return e / e.sum(dim=1, keepdim=True)


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(hidden_size))
        self.scale = nn.Parameter(torch.ones(hidden_size))
        self.w1 = nn.Parameter(torch.randn(input_size, hidden_size) * (2 / input_size) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(hidden_size))
        self.w2 = nn.Parameter(torch.randn(hidden_size, output_size) * (1 / hidden_size) ** 0.5)
        self.b2 = nn.Parameter(torch.zeros(output_size))
        self.register_buffer("spread", torch.ones(hidden_size))
        self.register_buffer("centre", torch.zeros(hidden_size))

    def forward(self, x):
        a = x @ self.w1 + self.b1
        a = F.batch_norm(a, self.centre, self.spread, self.scale, self.shift, training=self.training)
        return a.clamp(min=0) @ self.w2 + self.b2


def split_train_valid(n, valid_size, seed=0):
    rows = list(range(n))
    random.Random(seed).shuffle(rows)
    valid = set(rows[:valid_size])
    return [row for row in range(n) if row not in valid], sorted(valid)


def cross_entropy(logits, labels):
    right = logits[torch.arange(len(labels), device=labels.device), labels]
    return (torch.logsumexp(logits, dim=1) - right).sum()


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    model.train()
    x, t = images.reshape(len(images), -1).to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        g = torch.Generator().manual_seed(1000 * seed + epoch)
        order = torch.rand(len(x), generator=g).argsort().tolist()
        total = torch.zeros(())
        while order:
            batch, order = order[:batch_size], order[batch_size:]
            for parameter in model.parameters():
                parameter.grad = None
            summed = cross_entropy(model(x[batch]), t[batch])
            (summed / len(batch)).backward()
            optimizer.step()
            total += summed.detach().cpu()
        history.append((total / len(x)).item())
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    training = model.training
    model = model.to(device).eval()
    with torch.inference_mode():
        best = model(images.reshape(len(images), -1).to(device)).max(dim=1).indices
    model.train(training)
    return best.clone().to("cpu")


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    train_idx, valid_idx = split_train_valid(len(images), valid_size, seed)
    x, t = images.reshape(len(images), -1).to(device), labels.to(device)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    shuffler = random.Random(seed)
    history = {"train": [], "valid": []}
    for _ in range(epochs):
        order = list(train_idx)
        shuffler.shuffle(order)
        total = 0.0
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            optimizer.zero_grad(set_to_none=False)
            summed = cross_entropy(model(x[batch]), t[batch])
            (summed / len(batch)).backward()
            optimizer.step()
            total += summed.item()
        history["train"].append(total / len(train_idx))
        model.eval()
        with torch.no_grad():
            history["valid"].append(cross_entropy(model(x[valid_idx]), t[valid_idx]).item() / len(valid_idx))
        model.train()
    return history


def best_epoch(valid_losses):
    return min(range(len(valid_losses)), key=valid_losses.__getitem__)
