"""A head of convolutions that cover their whole input, a DataLoader with a generator, a copy looked at in place of the net."""

import copy

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def stage(channels_in, channels_out):
    return [nn.Conv2d(channels_in, channels_out, 5), nn.BatchNorm2d(channels_out), nn.MaxPool2d(2), nn.ReLU()]


class CNNClassifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.body = nn.Sequential(*stage(1, 10), *stage(10, 20))
        self.top = nn.Sequential(nn.Conv2d(20, 50, 4), nn.BatchNorm2d(50), nn.ReLU(True), nn.Conv2d(50, num_classes, 1))
        self.apply(weight_init)

    @property
    def features(self):
        return self.body

    def forward(self, images):
        return self.top(self.features(images)).flatten(start_dim=1)


def count_parameters(module):
    counted = 0
    for parameter in module.parameters():
        if parameter.requires_grad:
            size = 1
            for length in parameter.shape:
                size *= length
            counted += size
    return counted


def feature_shapes(module, images):
    model = copy.deepcopy(module).eval()
    shapes = []
    for child in model.children():
        child.register_forward_hook(lambda *seen: shapes.append(tuple(seen[2].shape)))
    with torch.no_grad():
        model(images)
    return shapes


def weight_init(module):
    if isinstance(module, nn.Conv2d):
        module.weight.data.normal_(0, 0.02)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        module.weight.data.normal_(1, 0.02)
        module.bias.data.zero_()
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    generator = torch.Generator()
    generator.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size, shuffle=True, drop_last=False, generator=generator)
    criterion = nn.CrossEntropyLoss()
    model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.999), eps=1e-8)
    history = []
    for _ in range(epochs):
        model.train()
        running, seen = 0.0, 0
        for inputs, targets in loader:
            inputs, targets = inputs.to(device), targets.to(device)
            model.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running += loss.item() * inputs.size(0)
            seen += inputs.size(0)
        history.append(running / seen)
    return history


def predict(model, images, *, batch_size=256, device="cpu"):
    was_training = model.training
    try:
        model.to(device).eval()
        predictions = []
        with torch.no_grad():
            for (inputs,) in DataLoader(TensorDataset(images), batch_size=batch_size):
                predictions += model(inputs.to(device)).argmax(dim=1).tolist()
    finally:
        model.train(was_training)
    return torch.tensor(predictions, dtype=torch.int64)
