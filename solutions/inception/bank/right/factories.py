"""Network and block are functions that build a Sequential with a lazy layer; hooks for the ReLUs; costs are Counters."""

from collections import Counter

import torch
from torch import nn


class Side(nn.ModuleList):
    def forward(self, x):
        return torch.cat([m(x) for m in self], -3)


class InceptionA(Side):
    def __init__(self, in_channels):
        super().__init__()
        c = nn.Conv2d
        self.append(c(in_channels, 16, 1))
        self.append(nn.Sequential(c(in_channels, 16, 1), c(16, 24, 5, padding=2)))
        self.append(nn.Sequential(c(in_channels, 16, 1), c(16, 24, 3, padding=1), c(24, 24, 3, padding=1)))
        self.append(nn.Sequential(nn.AvgPool2d(3, 1, 1), c(in_channels, 24, 1)))


def InceptionNet(num_classes=10):
    def stem(a, b):
        return nn.Conv2d(a, b, 5), nn.MaxPool2d(2), nn.ReLU(), InceptionA(b)

    return nn.Sequential(*stem(1, 10), *stem(88, 20), nn.Flatten(), nn.LazyLinear(num_classes), nn.LogSoftmax(-1))


def InceptionBlock(in_channels, c1, r3, c3, r5, c5, pool_proj):
    def conv(a, b, k):
        layer = nn.Conv2d(a, b, k, padding=k // 2)
        layer.register_forward_hook(lambda module, inputs, output: output.relu())
        return layer

    return Side(
        [
            conv(in_channels, c1, 1),
            nn.Sequential(conv(in_channels, r3, 1), conv(r3, c3, 3)),
            nn.Sequential(conv(in_channels, r5, 1), conv(r5, c5, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(in_channels, pool_proj, 1)),
        ]
    )


def conv_cost(in_channels, out_channels, kernel, height, width):
    return Counter(
        params=in_channels * out_channels * kernel**2, macs=in_channels * out_channels * kernel**2 * height * width
    )


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    total = Counter()
    for a, b, k in [(in_channels, c1 + r3 + r5 + pool_proj, 1), (r3, c3, 3), (r5, c5, 5)]:
        total.update(conv_cost(a, b, k, height, width))
    return total


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device).eval()
    with torch.no_grad():
        model(images[:2].to(device))  # lazy layers find their sizes
    model.train()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    gen = torch.Generator().manual_seed(seed)
    out = []
    for _ in range(epochs):
        s = 0.0
        for rows in torch.multinomial(torch.ones(len(images)), len(images), generator=gen).split(batch_size):

            def closure():
                opt.zero_grad(set_to_none=False)
                loss = nn.functional.nll_loss(model(images[rows].to(device)), labels[rows].to(device))
                loss.backward()
                return loss

            s += opt.step(closure).item() * len(rows)
        out.append(s / len(images))
    return out
