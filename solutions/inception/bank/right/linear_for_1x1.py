"""1×1 convolutions as nn.Linear on channels last, padding by hand, the average as a fixed filter; one-hot loss."""

import torch
import torch.nn.functional as F
from torch import nn


class Mix(nn.Linear):
    """The same linear layer at every place."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Padded(nn.Module):
    def __init__(self, before, after, size):
        super().__init__()
        self.margin = size // 2
        self.filters = nn.Conv2d(before, after, size)

    def forward(self, x):
        return self.filters(F.pad(x, 4 * (self.margin,)))


class Blur(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.register_buffer("kernel", torch.full((channels, 1, 3, 3), 1 / 9))

    def forward(self, x):
        return F.conv2d(x, self.kernel, padding=1, groups=len(self.kernel))


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.a = Mix(in_channels, 16)
        self.b = nn.Sequential(Mix(in_channels, 16), Padded(16, 24, 5))
        self.c = nn.Sequential(Mix(in_channels, 16), Padded(16, 24, 3), Padded(24, 24, 3))
        self.d = nn.Sequential(Blur(in_channels), Mix(in_channels, 24))

    def forward(self, x):
        d = self.d(x)
        result = torch.cat([self.c(x), d], dim=1)
        return torch.cat([self.a(x), self.b(x), result], dim=1)


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.fc = nn.Linear(1408, num_classes)
        self.blocks = nn.ModuleList([InceptionA(c) for c in (20, 10)])
        self.convs = nn.ModuleList([nn.Conv2d(88, 20, 5), nn.Conv2d(1, 10, 5)])

    def forward(self, x):
        for conv, block in reversed(list(zip(self.convs, self.blocks))):
            x = conv(x)
            n, c, h, w = x.shape
            x = x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))
            x = block(torch.where(x > 0, x, 0.0))
        return self.fc(torch.stack([maps.ravel() for maps in x])).log_softmax(dim=-1)


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        self.relu = nn.ReLU()
        self.one, self.three_reduce, self.five_reduce = (Mix(in_channels, n) for n in (c1, r3, r5))
        self.three, self.five = Padded(r3, c3, 3), Padded(r5, c5, 5)
        self.project = Mix(in_channels, pool_proj)

    def forward(self, x):
        one = self.one(x)
        three = self.three(self.relu(self.three_reduce(x)))
        five = self.five(self.relu(self.five_reduce(x)))
        padded = F.pad(x, (1, 1, 1, 1), value=float("-inf"))
        project = self.project(F.max_pool2d(padded, 3, stride=1))
        return self.relu(torch.cat([one, three, five, project], dim=1))  # each convolution's ReLU, done at once


def conv_cost(in_channels, out_channels, kernel, height, width):
    params = torch.tensor([in_channels, out_channels, kernel, kernel]).prod()
    return {"params": int(params), "macs": int(params * height * width)}


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    block = InceptionBlock(in_channels, c1, r3, c3, r5, c5, pool_proj)
    params = sum(p.numel() for p in block.parameters() if p.ndim > 1)
    return {"params": params, "macs": params * height * width}


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).train()
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    orders = [torch.randperm(len(images), generator=generator) for _ in range(epochs)]
    history = []
    for order in orders:
        total = 0.0
        for rows in order.split(batch_size):
            answers = model(images[rows].to(device))
            truth = F.one_hot(labels[rows].to(device), answers.shape[1]).to(answers.dtype)
            loss = -(truth * answers).sum(dim=1).mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item() * rows.numel()
        history.append(total / len(order))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device).train(False)
    answer = torch.empty(len(images), dtype=torch.long)
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            part = images[start : start + batch_size]
            answer[start : start + len(part)] = model(part.to(device)).argmax(1).cpu()
    model.train(mode)
    return answer
