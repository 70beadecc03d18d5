"""Biases everywhere, the projection runs first and is declared last, a dense block by recursion, cross-entropy for NLL."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = nn.Sequential(*(nn.Linear(width, width) for _ in range(depth)))
    x = torch.randn(64, width, generator=generator)
    target = torch.randn(64, width, generator=generator)
    for layer in layers:
        x = layer(x).tanh() + (x if residual else 0)
    loss = ((x - target) ** 2).mean()
    gradients = torch.autograd.grad(loss, [layer.weight for layer in layers])
    return [float(g.square().sum().sqrt()) for g in gradients]


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.same = in_channels == out_channels and stride == 1
        self.second = nn.Sequential(nn.Conv2d(out_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels))
        self.first = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1), nn.BatchNorm2d(out_channels))
        if not self.same:
            self.project_norm = nn.BatchNorm2d(out_channels)
            self.project = nn.Conv2d(in_channels, out_channels, (1, 1), (stride, stride))

    def forward(self, x):
        side = x if self.same else self.project_norm(self.project(x))
        return (side + self.second(self.first(x).relu())).relu()


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.count = layers
        if layers:
            self.norm = nn.BatchNorm2d(in_channels)
            self.conv = nn.Conv2d(in_channels, growth_rate, 3, padding="same")
            self.rest = DenseBlock(in_channels + growth_rate, growth_rate, layers - 1)

    def forward(self, x):
        if not self.count:
            return x
        return self.rest(torch.cat((x, self.conv(F.relu(self.norm(x)))), 1))


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.classify = nn.Sequential(nn.Flatten(), nn.Linear(88 * 4 * 4, num_classes), nn.LogSoftmax(dim=1))
        self.bridge = nn.Conv2d(88, 88, 9)
        self.back = nn.Sequential(nn.Conv2d(88, 20, 5), nn.MaxPool2d(2), nn.ReLU(), InceptionA(20))
        self.front = nn.Sequential(nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), InceptionA(10))

    def forward(self, x):
        x = self.front(x)
        return self.classify(self.bridge(x) + self.back(x))


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
            loss = F.cross_entropy(model(images[rows].to(device)), labels[rows].to(device))
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
    found = [model(chunk.to(device)) for chunk in torch.split(images, batch_size)]
    model.train(was_training)
    return torch.cat(found).argmax(1).cpu()
