"""As the lecture writes: an eye table, Softmax() without an axis, view, NumPy's shuffled list cut at the end."""

import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset


def one_hot(labels, num_classes):
    y = torch.eye(num_classes)
    return y[labels]


class TwoLayerNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size
        self.network1 = nn.Sequential(
            nn.Linear(self.input_size, self.hidden_size),
            nn.Sigmoid(),
            nn.Linear(self.hidden_size, self.output_size),
            nn.Softmax(),
        )

    def forward(self, x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = self.network1(x)
        return y


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.network1 = nn.Sequential(
            nn.Linear(input_size, hidden_size),
            nn.BatchNorm1d(hidden_size),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_size, output_size),
        )

    def forward(self, x):
        y = self.network1(x)
        return y


def split_train_valid(n, valid_size, seed=0):
    indices = list(range(n))
    split = n - valid_size
    np.random.seed(seed)
    np.random.shuffle(indices)
    train_idx, valid_idx = indices[:split], indices[split:]
    return train_idx, valid_idx


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    model = model.to(device)
    model.train()
    train_loss_list = []
    for epoch in range(epochs):
        epoch_loss = 0
        for i, (X, t) in enumerate(loader):
            X = X.view(X.size(0), -1).to(device)
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
            X = images[start : start + batch_size]
            X = X.view(X.size(0), -1).to(device)
            Y = model(X)
            result.append(torch.argmax(Y, 1).cpu())
    if mode:
        model.train()
    return torch.cat(result)


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    train_idx, valid_idx = split_train_valid(len(images), valid_size, seed)
    torch.manual_seed(seed)
    dataset = TensorDataset(images, labels)
    train_loader = DataLoader(dataset, batch_size=batch_size, sampler=SubsetRandomSampler(train_idx))
    valid_loader = DataLoader(dataset, batch_size=batch_size, sampler=SubsetRandomSampler(valid_idx))
    loss_function = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    model = model.to(device)
    train_loss_list = []
    val_loss_list = []
    for epoch in range(epochs):
        model.train()
        sum_loss = 0
        for X, t in train_loader:
            X = X.view(len(X), -1).to(device)
            t = t.to(device)
            loss = loss_function(model(X), t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sum_loss += loss.item()
        train_loss_list.append(sum_loss / len(train_loader))
        with torch.no_grad():
            model.eval()
            sum_loss = 0
            for X, t in valid_loader:
                X = X.view(len(X), -1).to(device)
                t = t.to(device)
                sum_loss += loss_function(model(X), t).item() * len(X)
            val_loss_list.append(sum_loss / len(valid_idx))
    return {"train": train_loss_list, "valid": val_loss_list}


def best_epoch(valid_losses):
    return int(np.argmin(valid_losses))
