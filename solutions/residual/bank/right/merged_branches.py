"""An own InceptionA with one 1×1 convolution for three branches, rows place by place, convolutions as matrix products."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    """Weights, input and target drawn by NumPy; one graph, one autograd.grad."""
    random = np.random.default_rng(seed)
    bound = width**-0.5

    def uniform(*shape):
        return torch.from_numpy(random.uniform(-bound, bound, size=shape)).requires_grad_()

    weights, biases = [], []
    for _ in range(depth):
        weights.append(uniform(width, width))
        biases.append(uniform(width))
    x = torch.from_numpy(random.standard_normal((64, width)))
    target = torch.from_numpy(random.standard_normal((64, width)))
    for W, b in zip(weights, biases, strict=True):
        h = torch.tanh(F.linear(x, W, b))
        x = torch.add(x, h) if residual else h
    gradients = torch.autograd.grad(torch.mean((x - target).pow(2)), weights)
    return [np.linalg.norm(g.numpy()) for g in gradients]


class Convolution(nn.Module):
    """A k×k convolution as one matrix product: the matrix is (in·k·k, out)."""

    def __init__(self, channels_in, channels_out, size, stride=1):
        super().__init__()
        self.size, self.stride = size, stride
        columns = channels_in * size * size
        self.matrix = nn.Parameter(torch.randn(columns, channels_out) / columns**0.5)

    def forward(self, x):
        pad = self.size // 2
        n, _, h, w = x.shape
        columns = F.unfold(x, self.size, padding=pad, stride=self.stride)
        height = (h + 2 * pad - self.size) // self.stride + 1
        return (
            (columns.transpose(1, 2) @ self.matrix).transpose(1, 2).reshape(n, -1, height, columns.shape[2] // height)
        )


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)])
        self.convolutions = nn.ModuleList(
            [Convolution(in_channels, out_channels, 3, stride), Convolution(out_channels, out_channels, 3)]
        )
        if stride != 1 or in_channels != out_channels:
            self.norms.append(nn.BatchNorm2d(out_channels))
            self.convolutions.append(Convolution(in_channels, out_channels, 1, stride))

    def forward(self, x):
        first, second, *around = [
            lambda maps, c=c, n=n: n(c(maps)) for c, n in zip(self.convolutions, self.norms, strict=True)
        ]
        main = second(torch.relu(first(x)))
        side = around[0](x) if around else x
        return torch.relu(torch.stack([main, side]).sum(dim=0))


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        widths = range(in_channels, in_channels + growth_rate * layers, growth_rate)
        self.convolutions = nn.ModuleDict({f"c{n}": Convolution(n, growth_rate, 3) for n in widths})
        self.norms = nn.ModuleDict({f"n{n}": nn.BatchNorm2d(n) for n in widths})

    def forward(self, x):
        for _ in range(len(self.norms)):
            width = x.shape[1]
            new = self.convolutions[f"c{width}"](torch.relu(self.norms[f"n{width}"](x)))
            x = torch.concat((x, new), dim=-3)
        return x


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.ones = nn.Conv2d(in_channels, 48, 1)
        self.after_pool = nn.Conv2d(in_channels, 24, 1)
        self.three_b = nn.Conv2d(24, 24, 3, padding="same")
        self.three_a = nn.Conv2d(16, 24, 3, padding="same")
        self.five = nn.Conv2d(16, 24, 5, padding="same")

    def forward(self, x):
        one, five, three = self.ones(x).chunk(3, dim=1)
        pooled = self.after_pool(F.avg_pool2d(x, 3, 1, 1))
        return torch.cat((one, self.five(five), self.three_b(self.three_a(three)), pooled), 1)


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.weights = nn.Linear(4 * 4 * 88, num_classes)
        self.stages = nn.ModuleList([nn.Conv2d(1, 10, 5), InceptionA(10), nn.Conv2d(88, 20, 5), InceptionA(20)])
        self.nine = nn.Conv2d(88, 88, 9)

    def forward(self, images):
        conv1, block1, conv2, block2 = self.stages
        maps = block1(F.max_pool2d(F.relu(conv1(images)), 2))
        maps = self.nine(maps) + block2(F.max_pool2d(F.relu(conv2(maps)), 2))
        rows = maps.permute(0, 2, 3, 1).reshape(len(images), -1)
        return self.weights(rows).log_softmax(-1)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    random = np.random.RandomState(seed)
    model = model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.NLLLoss(reduction="sum")
    history = []
    for _ in range(epochs):
        rows, total = random.permutation(len(labels)), 0.0
        for part in np.array_split(rows, range(batch_size, len(rows), batch_size)):
            batch = torch.as_tensor(part)
            summed = criterion(model(images[batch].to(device)), labels[batch].to(device))
            optimizer.zero_grad()
            (summed / len(batch)).backward()
            optimizer.step()
            total += summed.item()
        history.append(total / len(rows))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    before = model.training
    model = model.to(device)
    model.train(False)
    classes = torch.empty(len(images), dtype=torch.long)
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            stop = start + batch_size
            classes[start:stop] = model(images[start:stop].to(device)).argmax(1).cpu()
    model.train(before)
    return classes
