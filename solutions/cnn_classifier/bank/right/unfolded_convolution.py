"""Own layers: convolution as one matrix product, an own BatchNorm with γ and β, max pooling by amax; rows place by place."""

import random

import torch
import torch.nn.functional as F
from torch import nn


class Convolution(nn.Module):
    def __init__(self, channels, filters, size):
        super().__init__()
        self.size = size
        self.W = nn.Parameter(torch.randn(filters, channels * size * size) / (channels * size * size) ** 0.5)
        self.b = nn.Parameter(torch.zeros(filters, 1))

    def forward(self, x):
        out_h, out_w = x.shape[2] - self.size + 1, x.shape[3] - self.size + 1
        return (self.W @ F.unfold(x, self.size) + self.b).view(len(x), -1, out_h, out_w)


class Norm(nn.Module):
    def __init__(self, channels, axes):
        super().__init__()
        shape = (1, channels, 1, 1) if len(axes) == 3 else (1, channels)
        self.axes = axes
        self.gamma, self.beta = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("var", torch.ones(shape))

    def forward(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean = x.mean(self.axes, keepdim=True)
            var = x.var(self.axes, unbiased=False, keepdim=True)
            unbiased = x.detach().var(self.axes, unbiased=True, keepdim=True)
            self.mean = 0.9 * self.mean + 0.1 * mean.detach()
            self.var = 0.9 * self.var + 0.1 * unbiased
        return self.gamma * (x - mean) / torch.sqrt(var + 1e-5) + self.beta


class MaxPooling(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))


class CNNClassifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.steps = nn.ModuleList([Convolution(1, 10, 5), Norm(10, (0, 2, 3)), MaxPooling(), nn.ReLU()])
        self.steps += [Convolution(10, 20, 5), Norm(20, (0, 2, 3)), MaxPooling(), nn.ReLU()]
        self.features = nn.Sequential(*self.steps)
        self.describe = nn.Linear(320, 50)
        self.norm = Norm(50, (0,))
        self.classify = nn.Linear(50, num_classes)

    def forward(self, images):
        rows = self.features(images).permute(0, 2, 3, 1).flatten(1)  # place by place: another order, the same layer
        return self.classify(torch.relu(self.norm(self.describe(rows))))


def count_parameters(module):
    if any(True for _ in module.children()):
        seen = set()
        for child in module.modules():
            seen |= {p for p in child.parameters(recurse=False) if p.requires_grad}
        return sum(p.numel() for p in seen)
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def feature_shapes(module, images):
    children, shapes = set(module.children()), []

    def hook(child, inputs, output):
        if child in children:
            shapes.append(tuple(output.shape))

    was_training = module.training
    handle = nn.modules.module.register_module_forward_hook(hook)  # called by every module there is
    module.eval()
    with torch.no_grad():
        module(images)
    module.train(was_training)
    handle.remove()
    return tuple(shapes)


def weight_init(module):
    starts = {nn.Conv2d: (0, None), nn.Linear: (0, 0), nn.BatchNorm1d: (1, 0), nn.BatchNorm2d: (1, 0)}
    for kind, (mean, bias) in starts.items():
        if isinstance(module, kind):
            nn.init.trunc_normal_(module.weight, mean, 0.02, mean - 2, mean + 2)
            if bias is not None:
                nn.init.constant_(module.bias, bias)


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
            each = F.cross_entropy(model(images[batch].to(device)), labels[batch].to(device), reduction="none")
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
