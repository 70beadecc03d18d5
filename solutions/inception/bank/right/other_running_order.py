"""Branches computed from the last to the first and laid in order at the end, a shared helper, everything lazy."""

from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Step(nn.Module):
    """A convolution that keeps the size, and perhaps a ReLU."""

    def __init__(self, out, kernel, relu=False):
        super().__init__()
        self.layer = nn.LazyConv2d(out, kernel, padding="same")
        self.relu = relu

    def forward(self, x):
        x = self.layer(x)
        return torch.maximum(x, torch.zeros_like(x)) if self.relu else x


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.z = nn.ModuleDict()
        self.z["shrunk"] = nn.Sequential(nn.AvgPool2d(3, 1, 1), Step(24, 1))
        self.z["wide"] = nn.Sequential(Step(16, 1), Step(24, 3), Step(24, 3))
        self.z["wider"] = nn.Sequential(Step(16, 1), Step(24, 5))
        self.z["point"] = Step(16, 1)
        self.eval()(torch.zeros(1, in_channels, 5, 5))
        self.train()

    def forward(self, x):
        parts = {name: branch(x) for name, branch in self.z.items()}
        return torch.cat([parts[name] for name in ("point", "wider", "wide", "shrunk")], dim=1)


class InceptionNet(nn.Sequential):
    def __init__(self, num_classes=10):
        pool, relu = nn.MaxPool2d(2), nn.ReLU()
        names = ["a", "pool", "relu", "b", "c", "pool2", "relu2", "d", "rows", "last", "log"]
        layers = [nn.Conv2d(1, 10, 5), pool, relu, InceptionA(10), nn.Conv2d(88, 20, 5), pool, relu, InceptionA(20)]
        layers += [nn.Flatten(), nn.Linear(1408, num_classes), nn.LogSoftmax(1)]
        super().__init__(OrderedDict(zip(names, layers)))


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        self.fourth = nn.Sequential(nn.MaxPool2d((3, 3), stride=(1, 1), padding=(1, 1)), Step(pool_proj, 1, True))
        self.third = nn.Sequential(Step(r5, 1, True), Step(c5, 5, True))
        self.second = nn.Sequential(Step(r3, 1, True), Step(c3, 3, True))
        self.first = Step(c1, 1, True)
        self(torch.zeros(1, in_channels, 5, 5))

    def forward(self, x):
        d, c, b, a = self.fourth(x), self.third(x), self.second(x), self.first(x)
        result = torch.empty(len(x), sum(part.shape[1] for part in (a, b, c, d)), *x.shape[2:], device=x.device)
        start = 0
        for part in (a, b, c, d):
            result[:, start : start + part.shape[1]] = part
            start += part.shape[1]
        return result


def conv_cost(in_channels, out_channels, kernel, height, width):
    per_place = sum(1 for _ in range(kernel) for _ in range(kernel)) * in_channels
    params = per_place * out_channels
    return {"params": int(params), "macs": int(params) * int(height) * int(width)}


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    chains = [[(c1, 1)], [(r3, 1), (c3, 3)], [(r5, 1), (c5, 5)], [(pool_proj, 1)]]
    params = macs = 0
    for chain in chains:
        before = in_channels
        for out, kernel in chain:
            cost = conv_cost(before, out, kernel, height, width)
            params, macs, before = params + cost["params"], macs + cost["macs"], out
    return {"params": params, "macs": macs}


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    images, labels = images.to(device), labels.to(device)
    model.to(device).train()
    optimizer = torch.optim.Adam(params=model.parameters(), lr=lr)
    shuffle = np.random.RandomState(seed)
    history = []
    for _ in range(epochs):
        order = np.arange(len(images))
        shuffle.shuffle(order)
        met = []
        for rows in np.split(order, range(batch_size, len(order), batch_size)):
            rows = torch.as_tensor(rows, device=device)
            loss = F.nll_loss(model(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            met.append(loss.item())
        history.append(np.mean(met))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    previous = model.training
    model.to(device)
    model.train(mode=False)
    with torch.no_grad():
        batches = [images[i : i + batch_size] for i in range(0, images.size(0), batch_size)]
        scores = torch.vstack([model(batch.to(device)).exp().cpu() for batch in batches])
    model.train(previous)
    return scores.max(1)[1]
