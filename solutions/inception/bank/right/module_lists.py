"""Branches in nn.ModuleLists built by loops, nn.LogSoftmax, nn.CrossEntropyLoss on log-probabilities, sums by NumPy."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def chain(sizes, kernels, activation=None):
    layers = nn.Sequential()
    for number, (a, b, k) in enumerate(zip(sizes[:-1], sizes[1:], kernels)):
        layers.add_module(f"conv{number}", nn.Conv2d(a, b, k, padding=k // 2))
        if activation is not None:
            layers.add_module(f"act{number}", activation())
    return layers


class Parallel(nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class InceptionA(Parallel):
    def __init__(self, in_channels):
        pool = nn.AvgPool2d(kernel_size=3, stride=1, padding=1, count_include_pad=True)
        super().__init__(
            [
                chain([in_channels, 16], [1]),
                chain([in_channels, 16, 24], [1, 5]),
                chain([in_channels, 16, 24, 24], [1, 3, 3]),
                nn.Sequential(pool, *chain([in_channels, 24], [1])),
            ]
        )


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stages = nn.ModuleList()
        for before, after in ((1, 10), (88, 20)):
            stem = nn.Sequential(nn.Conv2d(before, after, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2))
            self.stages.append(nn.ModuleList([stem, InceptionA(after)]))
        self.classify = nn.Sequential(nn.Flatten(), nn.Linear(88 * 4 * 4, num_classes), nn.LogSoftmax(dim=1))

    def forward(self, images):
        x = images
        for stem, block in self.stages:
            x = block(stem(x))
        return self.classify(x)


class InceptionBlock(Parallel):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        pool = nn.MaxPool2d(3, 1, 1)
        super().__init__(
            [
                chain([in_channels, c1], [1], nn.ReLU),
                chain([in_channels, r3, c3], [1, 3], nn.ReLU),
                chain([in_channels, r5, c5], [1, 5], nn.ReLU),
                nn.Sequential(pool, chain([in_channels, pool_proj], [1], nn.ReLU)),
            ]
        )


def conv_cost(in_channels, out_channels, kernel, height, width):
    weights = np.prod([in_channels, out_channels, kernel, kernel])
    return dict(params=weights, macs=weights * height * width)


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    sizes = np.array([[in_channels, c1, 1], [in_channels, r3, 1], [r3, c3, 3], [in_channels, r5, 1], [r5, c5, 5]])
    sizes = np.vstack([sizes, [in_channels, pool_proj, 1]])
    params = (sizes[:, 0] * sizes[:, 1] * sizes[:, 2] ** 2).sum()
    return {"macs": params * height * width, "params": params}


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    generator = torch.Generator()
    generator.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size, shuffle=True, drop_last=False, generator=generator)
    criterion = nn.CrossEntropyLoss()
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        running, seen = 0.0, 0
        for inputs, targets in loader:
            inputs, targets = inputs.to(device), targets.to(device)
            model.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running += loss.item() * inputs.size(0)
            seen += inputs.size(0)
        history.append(running / seen)
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    try:
        model.to(device).eval()
        predictions = []
        with torch.no_grad():
            for (inputs,) in DataLoader(TensorDataset(images), batch_size=batch_size):
                predictions += model(inputs.to(device)).argmax(dim=1).tolist()
    finally:
        model.train(was_training)
    return torch.tensor(predictions, dtype=torch.int64)
