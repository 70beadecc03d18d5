"""By hand: raw parameters and F.conv2d, batch norm by formula or F.batch_norm, gathered log-probabilities for the loss."""

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    """Weights and biases drawn as nn.Linear draws them, uniform up to 1/√width; backward by hand."""
    g = torch.Generator().manual_seed(seed)
    bound = 1 / width**0.5
    weights = [(2 * torch.rand(width, width, generator=g) - 1) * bound for _ in range(depth)]
    biases = [(2 * torch.rand(width, generator=g) - 1) * bound for _ in range(depth)]
    x = torch.randn(64, width, generator=g)
    inputs, steps = [], []
    for w, b in zip(weights, biases, strict=True):
        inputs.append(x)
        steps.append(torch.tanh(x @ w.T + b))
        x = x + steps[-1] if residual else steps[-1]
    grad = 2 * (x - torch.randn(64, width, generator=g)) / x.numel()
    norms = []
    for w, x, step in reversed(list(zip(weights, inputs, steps, strict=True))):
        inner = grad * (1 - step**2)
        norms.insert(0, (inner.T @ x).norm().item())
        grad = inner @ w + (grad if residual else 0)
    return norms


class Norm(nn.Module):
    """Batch norm by its formula."""

    def __init__(self, channels):
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.register_buffer("spread", torch.ones(1, channels, 1, 1))
        self.register_buffer("centre", torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        if self.training:
            mean = x.mean((0, 2, 3), keepdim=True)
            var = x.var((0, 2, 3), unbiased=False, keepdim=True)
            with torch.no_grad():
                self.centre.lerp_(mean, 0.1)
                self.spread.lerp_(x.var((0, 2, 3), keepdim=True), 0.1)
        else:
            mean, var = self.centre, self.spread
        return self.gamma * (x - mean) / (var + 1e-5).sqrt() + self.beta


def weight(channels_out, channels_in, size):
    return nn.Parameter(torch.randn(channels_out, channels_in, size, size) / (channels_in * size * size) ** 0.5)


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.stride = stride
        self.n1, self.n2 = Norm(out_channels), Norm(out_channels)
        self.w1, self.w2 = weight(out_channels, in_channels, 3), weight(out_channels, out_channels, 3)
        self.ws = None
        if (in_channels, 1) != (out_channels, stride):
            # A 1×1 convolution is a matrix that multiplies the channels of every place.
            self.ws = nn.Parameter(torch.randn(in_channels, out_channels) / in_channels**0.5)
            self.ns = Norm(out_channels)

    def forward(self, x):
        y = F.conv2d(x, self.w1, stride=self.stride, padding=1)
        y = F.conv2d(self.n1(y).clamp(min=0), self.w2, padding=1)
        y = self.n2(y)
        if self.ws is not None:
            x = self.ns(torch.einsum("nihw,io->nohw", x[:, :, :: self.stride, :: self.stride], self.ws))
        return torch.maximum(y + x, torch.zeros_like(y))


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        widths = [in_channels + growth_rate * i for i in range(layers)]
        self.weights = nn.ParameterList([weight(growth_rate, w, 3) for w in widths])
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(growth_rate)) for _ in widths])
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(w)) for w in widths])
        self.shifts = nn.ParameterList([nn.Parameter(torch.zeros(w)) for w in widths])
        for i, w in enumerate(widths):
            self.register_buffer(f"mean{i}", torch.zeros(w))
            self.register_buffer(f"var{i}", torch.ones(w))
        self.growth_rate = growth_rate
        self.in_channels = in_channels

    def forward(self, x):
        n, c, h, w = x.shape
        out = x.new_zeros(n, c + self.growth_rate * len(self.weights), h, w)
        out[:, :c] = x
        for i in range(len(self.weights)):
            seen = out[:, :c].clone()
            mean, var = getattr(self, f"mean{i}"), getattr(self, f"var{i}")
            normed = F.batch_norm(seen, mean, var, self.scales[i], self.shifts[i], self.training, 0.1)
            new = F.conv2d(F.relu(normed), self.weights[i], self.biases[i], padding=1)
            out[:, c : c + self.growth_rate] = new
            c += self.growth_rate
        return out


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.head = nn.Parameter(torch.randn(1408, num_classes) / 1408**0.5)
        self.head_bias = nn.Parameter(torch.zeros(num_classes))
        self.w1, self.b1 = weight(10, 1, 5), nn.Parameter(torch.zeros(10))
        self.w2, self.b2 = weight(20, 88, 5), nn.Parameter(torch.zeros(20))
        self.wj, self.bj = weight(88, 88, 9), nn.Parameter(torch.zeros(88))
        self.blocks = nn.ModuleList([InceptionA(20), InceptionA(10)])

    def forward(self, images):
        a = self.blocks[1](F.max_pool2d(F.conv2d(images, self.w1, self.b1).relu(), 2))
        b = self.blocks[0](F.max_pool2d(F.conv2d(a, self.w2, self.b2).relu(), 2))
        rows = torch.add(b, F.conv2d(a, self.wj, self.bj)).reshape(len(images), 1408)
        logits = rows @ self.head + self.head_bias
        return logits - logits.logsumexp(1, keepdim=True)


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
            for parameter in model.parameters():
                parameter.grad = None
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
