"""As the lecture and torchvision write: conv1, bn1, downsample, in-place ReLU and += on own results, view, DataLoader."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


def gradient_norms(depth, width, residual, seed=0):
    torch.manual_seed(seed)
    net = nn.ModuleList([nn.Linear(width, width) for i in range(depth)])
    inputs = torch.randn(64, width)
    target = torch.randn(64, width)
    x = inputs
    for fc in net:
        if residual:
            x = x + torch.tanh(fc(x))
        else:
            x = torch.tanh(fc(x))
    loss = nn.MSELoss()(x, target)
    net.zero_grad()
    loss.backward()
    norms = []
    for fc in net:
        norms.append(fc.weight.grad.norm(2).item())
    return norms


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super(ResidualBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        out = self.relu(out)
        return out


class DenseLayer(nn.Module):
    def __init__(self, channels, growth_rate):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, growth_rate, kernel_size=3, padding=1, bias=False)

    def forward(self, x):
        return self.conv(self.relu(self.bn(x)))


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth_rate, layers):
        super().__init__()
        for i in range(layers):
            self.add_module("denselayer%d" % (i + 1), DenseLayer(in_channels + i * growth_rate, growth_rate))

    def forward(self, x):
        features = [x]
        for layer in self.children():
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super(InceptionJumpNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(88, 20, kernel_size=5)
        self.conv3 = nn.Conv2d(88, 88, kernel_size=9)
        self.incept1 = InceptionA(in_channels=10)
        self.incept2 = InceptionA(in_channels=20)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(1408, num_classes)

    def forward(self, x):
        in_size = x.size(0)
        x = F.relu(self.mp(self.conv1(x)))
        x = self.incept1(x)
        jump = self.conv3(x)
        x = F.relu(self.mp(self.conv2(x)))
        x = self.incept2(x)
        x = x + jump
        x = x.view(in_size, -1)
        x = self.fc(x)
        return F.log_softmax(x, -1)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)
    model = model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    model.train()
    history = []
    for epoch in range(epochs):
        total = 0
        for batch_idx, (inputs, target) in enumerate(loader):
            inputs, target = inputs.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(inputs)
            loss = F.nll_loss(output, target)
            loss.backward()
            optimizer.step()
            total += loss.item()
        history.append(total / len(loader))
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device)
    model.eval()
    result = []
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            output = model(images[start : start + batch_size].to(device))
            result.append(output.max(1)[1].cpu())
    if mode:
        model.train()
    return torch.cat(result)
