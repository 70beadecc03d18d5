"""Functional style: a module for the features with F.max_pool2d and F.relu, layers declared last first, NumPy orders."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn2 = nn.BatchNorm2d(20)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=(5, 5))
        self.bn1 = nn.BatchNorm2d(10)
        self.conv1 = nn.Conv2d(1, 10, kernel_size=(5, 5))

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.bn1(self.conv1(x)), 2))
        return F.relu(F.max_pool2d(self.bn2(self.conv2(x)), kernel_size=2, stride=2))


class CNNClassifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.fc2 = nn.Linear(50, num_classes)
        self.bn3 = nn.BatchNorm1d(50)
        self.fc1 = nn.Linear(20 * 4 * 4, 50)
        self.features = Features()

    def forward(self, x):
        n = x.shape[0]
        x = self.features(x).reshape(n, -1)
        return self.fc2(F.relu(self.bn3(self.fc1(x))))


def count_parameters(module):
    return sum(np.prod(p.shape) for p in module.parameters() if p.requires_grad)


def feature_shapes(module, images):
    names, shapes = [], []

    def watch(name):
        def hook(_module, _input, output):
            names.append(name)
            shapes.append(tuple(output.shape))

        return hook

    handles = [child.register_forward_hook(watch(name)) for name, child in module.named_children()]
    training = module.training
    try:
        with torch.inference_mode():
            module.eval()(images)
    finally:
        for handle in handles:
            handle.remove()
        module.train(training)
    assert len(names) == len(shapes)
    return shapes


@torch.no_grad()
def weight_init(module):
    match module:
        case nn.Conv2d():
            module.weight.copy_(0.02 * torch.randn_like(module.weight))
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            module.weight.copy_(1 + 0.02 * torch.randn_like(module.weight))
            module.bias.zero_()
        case nn.Linear():
            module.weight.copy_(0.02 * torch.randn_like(module.weight))
            module.bias.zero_()


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    random = np.random.default_rng(seed)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    n = images.shape[0]
    history = []
    for _ in range(epochs):
        model.train()
        order = random.permutation(n)
        loss_sum = 0.0
        for start in range(0, n, batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[rows].to(device)), labels[rows].to(device))
            loss.backward()
            optimizer.step()
            loss_sum += float(loss.detach()) * len(rows)
        history.append(loss_sum / n)
    model.eval()
    return history


@torch.no_grad()
def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    model.to(device)
    model.eval()
    logits = [model(chunk.to(device)) for chunk in torch.split(images, batch_size)]
    model.train(was_training)
    return torch.cat(logits).argmax(1).cpu()
