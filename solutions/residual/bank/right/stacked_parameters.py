"""Parameters made in loops, F.batch_norm on them, the block's two ways in a helper, loss by one-hot rows and einsum."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def gradient_norms(depth, width, residual, seed=0):
    """Torch's start by its own rule; norms of gradients at tensors that hold all layers."""
    torch.manual_seed(seed)
    weights = torch.empty(depth, width, width)
    biases = torch.empty(depth, width)
    for i in range(depth):
        nn.init.kaiming_uniform_(weights[i], a=math.sqrt(5))
        nn.init.uniform_(biases[i], -1 / math.sqrt(width), 1 / math.sqrt(width))
    weights.requires_grad_()
    x = torch.randn(64, width)
    target = torch.randn_like(x)
    for i in range(depth):
        x = x * float(residual) + torch.tanh(torch.einsum("ni,oi->no", x, weights[i]) + biases[i])
    F.mse_loss(x, target).backward()
    return weights.grad.flatten(1).norm(dim=1).tolist()


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.stride = stride
        self.plan = [("main1", in_channels, 3), ("main2", out_channels, 3)]
        if stride > 1 or in_channels != out_channels:
            self.plan.insert(0, ("side", in_channels, 1))
        for name, channels, size in self.plan:
            weight = torch.empty(out_channels, channels, size, size)
            self.register_parameter(f"{name}_w", nn.Parameter(nn.init.kaiming_normal_(weight)))
            self.register_parameter(f"{name}_beta", nn.Parameter(torch.zeros(out_channels)))
            self.register_parameter(f"{name}_gamma", nn.Parameter(torch.ones(out_channels)))
            self.register_buffer(f"{name}_mean", torch.zeros(out_channels))
            self.register_buffer(f"{name}_var", torch.ones(out_channels))

    def convolve(self, name, x, stride):
        weight, beta, gamma, mean, var = (getattr(self, f"{name}_{s}") for s in ("w", "beta", "gamma", "mean", "var"))
        x = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
        return F.batch_norm(x, mean, var, gamma, beta, training=self.training)

    def forward(self, x):
        y = self.convolve("main2", F.relu(self.convolve("main1", x, self.stride)), 1)
        if len(self.plan) == 3:
            x = self.convolve("side", x, self.stride)
        return (x + y) * (x + y > 0)


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        self.kept = in_channels
        stages = []
        while len(stages) < layers:
            stages.append(nn.BatchNorm2d(in_channels))
            stages[-1].next = nn.Conv2d(in_channels, growth_rate, kernel_size=3, padding=1, bias=len(stages) % 2 == 0)
            in_channels += growth_rate
        self.stages = nn.ModuleList(stages)

    def forward(self, x):
        everything = [x]
        for norm in self.stages:
            seen = F.batch_norm(
                torch.cat(everything, 1), norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training
            )
            everything += [norm.next(seen.relu())]
        return torch.cat(everything, 1)


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = {
            "jump": nn.Conv2d(88, 88, 9),
            "fc": nn.Linear(1408, num_classes),
            "b2": InceptionA(20),
            "c2": nn.Conv2d(88, 20, 5),
            "b1": InceptionA(10),
            "c1": nn.Conv2d(1, 10, 5),
        }
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        a = self.b1(F.relu(F.max_pool2d(self.c1(x), 2)))
        b = self.b2(F.relu(F.max_pool2d(self.c2(a), 2)))
        # Linear layers are linear: the sum may as well be taken in the rows.
        rows = b.flatten(1) + self.jump(a).flatten(1)
        return F.log_softmax(self.fc(rows), dim=-1)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=lr, betas=(0.9, 0.999))
    history = []
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed * 10_007 + epoch))
        x, t = images[order].to(device), labels[order].to(device)
        total = 0.0
        for i in range(math.ceil(len(x) / batch_size)):
            part = slice(i * batch_size, (i + 1) * batch_size)
            answers = model(x[part])
            wanted = torch.eye(answers.shape[1], device=device)[t[part]]
            loss = -torch.einsum("nk,nk->", answers, wanted) / len(answers)
            for p in parameters:
                p.grad = None
            loss.backward()
            optimizer.step()
            total += loss.item() * len(answers) / len(x)
        history.append(total)
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    model.to(device)
    training, model.training = model.training, True
    model.eval()
    with torch.no_grad():
        found = [model(images[i : i + batch_size].to(device)) for i in range(0, len(images), batch_size)]
    model.train(training)
    return torch.vstack(found).argmax(axis=1).long().cpu()
