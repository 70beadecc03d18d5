"""Datasets and loaders: DataLoader with a generator, Subset for validation, the validation loss in large batches."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Subset, TensorDataset


def one_hot(labels, num_classes):
    rows = []
    for label in labels:
        row = torch.zeros(num_classes)
        row[label] = 1
        rows.append(row)
    return torch.stack(rows)


class TwoLayerNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.sigmoid = nn.Sigmoid()
        self.output = nn.Linear(hidden_size, output_size)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return self.softmax(self.output(self.sigmoid(self.hidden(x))))


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.relu = nn.ReLU()
        self.norm = nn.BatchNorm1d(hidden_size)
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, output_size)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")

    def forward(self, x):
        x = self.hidden(x)
        x = self.norm(x)
        x = self.relu(x)
        x = self.output(x)
        return x


def split_train_valid(n, valid_size, seed=0):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(n, generator=generator).tolist()
    return order[:-valid_size], order[-valid_size:]


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    generator = torch.Generator()
    generator.manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size, shuffle=True, drop_last=False, generator=generator)
    criterion = nn.CrossEntropyLoss()
    model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        running, seen = 0.0, 0
        for inputs, targets in loader:
            inputs, targets = torch.flatten(inputs, start_dim=1).to(device), targets.to(device)
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
                predictions += model(inputs.flatten(1).to(device)).argmax(dim=1).tolist()
    finally:
        model.train(was_training)
    return torch.tensor(predictions, dtype=torch.int64)


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    dataset = TensorDataset(images.flatten(1), labels)
    train_idx, valid_idx = split_train_valid(len(dataset), valid_size, seed)
    generator = torch.Generator().manual_seed(seed)
    train_loader = DataLoader(Subset(dataset, train_idx), batch_size, shuffle=True, generator=generator)
    valid_loader = DataLoader(Subset(dataset, valid_idx), 1000)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    train_losses, valid_losses = [], []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs.to(device)), targets.to(device))
            (loss / len(inputs)).backward()
            optimizer.step()
            total += loss.item()
        train_losses.append(total / len(train_loader.dataset))
        model.eval()
        with torch.no_grad():
            total = sum(
                criterion(model(inputs.to(device)), targets.to(device)).item() for inputs, targets in valid_loader
            )
        valid_losses.append(total / len(valid_loader.dataset))
    return {"train": train_losses, "valid": valid_losses}


def best_epoch(valid_losses):
    return torch.tensor(valid_losses, dtype=torch.float64).tolist().index(min(valid_losses))
