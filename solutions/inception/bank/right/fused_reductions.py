"""All 1×1 convolutions that read x are one, and are split afterwards; the last layer is a convolution over 4×4."""

import random

import torch
import torch.nn.functional as F
from torch import nn


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.reduce = nn.Conv2d(in_channels, 48, 1)
        self.tall = nn.Conv2d(16, 24, 5, 1, 2)
        self.tower = nn.Sequential(nn.Conv2d(16, 24, 3, 1, 1), nn.Conv2d(24, 24, 3, 1, 1))
        self.blur = nn.Conv2d(in_channels, 24, 1)

    def forward(self, x):
        three, one, five = self.reduce(x).chunk(3, dim=1)
        return torch.hstack([one, self.tall(five), self.tower(three), self.blur(F.avg_pool2d(x, 3, 1, 1))])


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 10, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            InceptionA(10),
            nn.Conv2d(88, 20, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            InceptionA(20),
        )
        self.last = nn.Conv2d(88, num_classes, 4)

    def forward(self, images):
        return torch.log(self.last(self.body(images))[:, :, 0, 0].softmax(dim=1))


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        self.widths = (r5, c1, r3)
        self.reduce = nn.Conv2d(in_channels, r5 + c1 + r3, 1)
        self.conv3 = nn.Conv2d(r3, c3, 3, padding=1)
        self.conv5 = nn.Conv2d(r5, c5, 5, padding=2)
        self.project = nn.Conv2d(in_channels, pool_proj, 1)

    def forward(self, x):
        five, one, three = self.reduce(x).relu().split(self.widths, dim=1)
        pooled = self.project(F.max_pool2d(x, 3, 1, 1))
        return torch.cat((one, self.conv3(three).relu(), self.conv5(five).relu(), pooled.relu()), 1)


def conv_cost(in_channels, out_channels, kernel, height, width):
    return {"params": (n := in_channels * out_channels * kernel**2), "macs": n * (height * width)}


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    fused = conv_cost(in_channels, c1 + r3 + r5 + pool_proj, 1, height, width)
    parts = [fused, conv_cost(r3, c3, 3, height, width), conv_cost(r5, c5, 5, height, width)]
    return {key: sum(part[key] for part in parts) for key in fused}


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    shuffler = random.Random(seed)
    history = []
    for _ in range(epochs):
        model.train()
        order = list(range(len(images)))
        shuffler.shuffle(order)
        losses = []
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            optimizer.zero_grad(set_to_none=False)
            each = F.nll_loss(model(images[batch].to(device)), labels[batch].to(device), reduction="none")
            each.mean().backward()
            optimizer.step()
            losses += each.tolist()
        history.append(sum(losses) / len(losses))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    found = model.training
    model.eval()
    model.to(device)
    classes = []
    for part in torch.split(images, batch_size):
        with torch.no_grad():
            classes.append(torch.topk(model(part.to(device)), 1).indices[:, 0])
    model.train(found)
    return torch.cat(classes).cpu()
