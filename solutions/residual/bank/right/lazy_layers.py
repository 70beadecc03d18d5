"""Lazy layers that find their sizes themselves, in-place sums of own results, ones in hooks, one-hot targets in the loss."""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    """Norms noted by hooks on the weights, while the gradient goes back."""
    torch.manual_seed(seed)
    x, target = torch.randn(64, width), torch.empty(64, width).normal_()
    norms = [0.0] * depth
    for number in range(depth):
        layer = nn.Linear(width, width)

        def note(grad, number=number):
            norms[number] = torch.linalg.matrix_norm(grad).item()

        layer.weight.register_hook(note)
        before = x
        x = torch.tanh(layer(x))
        if residual:
            x = x + before
    nn.functional.mse_loss(x, target).backward()
    return norms


class ResidualBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(
            nn.LazyConv2d(out_channels, 3, stride, padding=1),
            nn.LazyBatchNorm2d(),
            nn.ReLU(inplace=True),
            nn.LazyConv2d(out_channels, 3, padding=1, bias=False),
            nn.LazyBatchNorm2d(),
        )
        self.around = None
        if stride > 1 or in_channels != out_channels:
            self.around = nn.Sequential(nn.LazyConv2d(out_channels, 1, stride), nn.LazyBatchNorm2d())

    def forward(self, x):
        y = x
        for name, module in self.named_children():
            if name != "around":
                y = module(y)
        y += x if self.around is None else self.around(x)
        return y.relu_()


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.norms = nn.ModuleList(nn.LazyBatchNorm2d() for _ in range(layers))
        self.convs = nn.ModuleList(nn.LazyConv2d(growth_rate, 3, padding=1, bias=False) for _ in range(layers))

    def forward(self, x):
        kept = [x]
        for norm, conv in zip(self.norms, self.convs, strict=True):
            kept.append(conv(F.relu(norm(torch.cat(kept, dim=1)), inplace=True)))
        return torch.cat(kept, dim=1)


class Jump(nn.Module):
    """Both ways around the second half of the network, added."""

    def __init__(self, main, side):
        super().__init__()
        self.ways = nn.ModuleDict({"side": side, "main": main})

    def forward(self, x):
        return sum(way(x) for way in self.ways.values())


class InceptionJumpNet(nn.Sequential):
    def __init__(self, num_classes=10):
        half = nn.Sequential(nn.LazyConv2d(20, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), InceptionA(20))
        super().__init__(
            nn.LazyConv2d(10, 5),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            InceptionA(10),
            Jump(half, nn.LazyConv2d(88, 9)),
            nn.Flatten(),
            nn.LazyLinear(num_classes),
            nn.LogSoftmax(1),
        )


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    with torch.no_grad():
        shape = model.eval()(images[:2].to(device)).shape  # lazy layers get their sizes before Adam asks for them
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    targets = F.one_hot(labels, shape[1]).float()
    generator = torch.Generator()
    generator.manual_seed(seed)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(images), generator=generator)
        met = []
        for i in range(0, len(order), batch_size):
            rows = order[i : i + batch_size]
            loss = -(model(images[rows].to(device)) * targets[rows].to(device)).sum(1).mean()
            model.zero_grad()
            loss.backward()
            optimizer.step()
            met.append(loss.item())
        history.append(sum(met) / len(met))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.eval()
    model.to(device)
    answers = []
    with torch.no_grad():
        for i in range(0, images.size(0), batch_size):
            answers += model(images[i : i + batch_size].to(device)).argmax(-1).tolist()
    model.train(mode)
    return torch.tensor(answers)
