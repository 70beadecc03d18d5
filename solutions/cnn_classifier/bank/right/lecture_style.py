"""As the lecture writes: two Sequentials, view(-1, 320), the start by class name, a shuffling DataLoader, batch means."""

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class CNNClassifier(nn.Module):
    def __init__(self, class_num=10):
        super().__init__()
        self.class_num = class_num

        self.features = nn.Sequential(
            nn.Conv2d(in_channels=1, out_channels=10, kernel_size=5),
            nn.BatchNorm2d(10),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(in_channels=10, out_channels=20, kernel_size=5),
            nn.BatchNorm2d(20),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )

        self.fc_net = nn.Sequential(
            nn.Linear(320, 50),
            nn.BatchNorm1d(50),
            nn.ReLU(),
            nn.Linear(50, self.class_num),
        )

    def forward(self, x):
        feature = self.features(x)
        feature = feature.view(-1, 320)
        y = self.fc_net(feature)
        return y


def count_parameters(module):
    total = 0
    for name, param in module.named_parameters():
        if param.requires_grad:
            total += param.data.nelement()
    return total


def feature_shapes(module, images):
    shapes = []

    def hook(layer, input, output):
        shapes.append(output.size())

    handles = []
    for child in module.children():
        handles.append(child.register_forward_hook(hook))
    training = module.training
    module.eval()
    module(images)
    for handle in handles:
        handle.remove()
    module.train(training)
    return shapes


def weight_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        m.weight.data.normal_(0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        m.weight.data.normal_(1.0, 0.02)
        m.bias.data.fill_(0)
    elif classname.find("Linear") != -1:
        m.weight.data.normal_(0.0, 0.02)
        m.bias.data.fill_(0)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    model = model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    model.train()
    train_loss_list = []
    for epoch in range(epochs):
        epoch_loss = 0
        for i, (X, t) in enumerate(loader):
            X = X.to(device)
            t = t.to(device)
            Y = model(X)
            loss = loss_function(Y, t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item()
        train_loss_list.append(epoch_loss / len(loader))
    return train_loss_list


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device)
    model.eval()
    result = []
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            X = images[start : start + batch_size].to(device)
            Y = model(X)
            result.append(torch.argmax(Y, 1).cpu())
    if mode:
        model.train()
    return torch.cat(result)
