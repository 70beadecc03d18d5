"""Functional with raw parameters declared last first, 1×1 by einsum, rows place by place, log-softmax by logsumexp."""

import torch
import torch.nn.functional as F
from torch import nn


def parameter(*shape):
    """Vectors of zeros, and weights as nn.Conv2d starts them."""
    if len(shape) == 1:
        return nn.Parameter(torch.zeros(shape))
    weight = torch.empty(shape)
    bound = weight[0].numel() ** -0.5
    return nn.Parameter(weight.uniform_(-bound, bound))


def mix(x, weight, bias):
    return torch.einsum("oi,nihw->nohw", weight, x) + bias.view(1, -1, 1, 1)


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.pool_b, self.pool_w = parameter(24), parameter(24, in_channels)
        self.b3b, self.w3b = parameter(24), parameter(24, 24, 3, 3)
        self.b3a, self.w3a = parameter(24), parameter(24, 16, 3, 3)
        self.b3, self.w3 = parameter(16), parameter(16, in_channels)
        self.b5a, self.w5a = parameter(24), nn.Parameter(parameter(24, 16 * 25).detach().t().contiguous())
        self.b5, self.w5 = parameter(16), parameter(16, in_channels)
        self.b1, self.w1 = parameter(16), parameter(16, in_channels)

    def forward(self, x):
        one = mix(x, self.w1, self.b1)
        five = F.conv2d(mix(x, self.w5, self.b5), self.w5a.t().reshape(24, 16, 5, 5), self.b5a, padding=2)
        three = F.conv2d(mix(x, self.w3, self.b3), self.w3a, self.b3a, padding=1)
        three = F.conv2d(three, self.w3b, self.b3b, padding=1)
        n, c, h, w = x.shape
        average = F.unfold(x, 3, padding=1).view(n, c, 9, h * w).mean(dim=2).view(n, c, h, w)
        return torch.concat((one, five, three, mix(average, self.pool_w, self.pool_b)), dim=-3)


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.w = parameter(1408, num_classes)
        with torch.no_grad():
            self.w.mul_((num_classes / 1408) ** 0.5)
        self.b = nn.Parameter(torch.zeros(1, num_classes))
        self.second = InceptionA(20)
        self.k2, self.c2 = parameter(20, 88, 5, 5), parameter(20)
        self.first = InceptionA(10)
        self.k1, self.c1 = parameter(10, 1, 5, 5), parameter(10)

    def forward(self, images):
        x = F.max_pool2d(F.conv2d(images, self.k1, self.c1), 2).clamp(min=0)
        x = F.max_pool2d(F.conv2d(self.first(x), self.k2, self.c2), 2).clamp(min=0)
        z = self.second(x).permute(0, 2, 3, 1).flatten(1) @ self.w + self.b
        return z - z.logsumexp(dim=1, keepdim=True)


class InceptionBlock(nn.Module):
    def __init__(self, in_channels, c1, r3, c3, r5, c5, pool_proj):
        super().__init__()
        sizes = {"p": (in_channels, pool_proj, 1), "5": (r5, c5, 5), "r5": (in_channels, r5, 1), "3": (r3, c3, 3)}
        sizes |= {"r3": (in_channels, r3, 1), "1": (in_channels, c1, 1)}
        self.biases = nn.ParameterDict({key: parameter(out) for key, (_, out, _) in sizes.items()})
        self.weights = nn.ParameterDict({key: parameter(out, c, k, k) for key, (c, out, k) in sizes.items()})

    def step(self, key, x):
        weight = self.weights[key]
        return F.conv2d(x, weight, self.biases[key], padding=weight.shape[-1] // 2).relu()

    def forward(self, x):
        pooled = F.max_pool2d(x, 3, stride=1, padding=1)
        parts = [self.step("1", x), self.step("3", self.step("r3", x)), self.step("5", self.step("r5", x))]
        return torch.cat([*parts, self.step("p", pooled)], dim=1)


def conv_cost(in_channels, out_channels, kernel, height, width):
    weight = torch.empty(out_channels, in_channels, kernel, kernel, device="meta")
    return {"params": weight.numel(), "macs": weight.numel() * height * width}


def block_cost(in_channels, c1, r3, c3, r5, c5, pool_proj, height, width):
    params = in_channels * (c1 + r3 + r5 + pool_proj) + 9 * r3 * c3 + 25 * r5 * c5
    return {"params": params, "macs": params * height * width}


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    model.train()
    x, t = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        g = torch.Generator().manual_seed(1000 * seed + epoch)
        order = torch.rand(len(x), generator=g).argsort().tolist()
        total = torch.zeros(())
        while order:
            batch, order = order[:batch_size], order[batch_size:]
            for p in model.parameters():
                p.grad = None
            summed = -model(x[batch]).gather(1, t[batch][:, None]).sum()
            (summed / len(batch)).backward()
            optimizer.step()
            total += summed.detach().cpu()
        history.append((total / len(x)).item())
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    training = model.training
    model = model.to(device).eval()
    with torch.inference_mode():
        best = [
            model(images[i : i + batch_size].to(device)).max(dim=1).indices for i in range(0, len(images), batch_size)
        ]
    model.train(training)
    return torch.cat(best).clone().to("cpu")
