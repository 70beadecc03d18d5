"""One helper for a pass over some rows, used by training, validation and prediction; networks as Sequential factories."""

from collections import OrderedDict

import torch
from torch import nn


def one_hot(labels, num_classes):
    return (labels.view(-1, 1) == torch.arange(num_classes, device=labels.device)).to(torch.float32)


class TwoLayerNet(nn.Sequential):
    def __init__(self, input_size, hidden_size, output_size):
        first, second = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, output_size)
        super().__init__(OrderedDict(first=first, bend=nn.Sigmoid(), second=second, probabilities=nn.Softmax(-1)))


def ImprovedNet(input_size, hidden_size, output_size):
    hidden = nn.Sequential(nn.LazyLinear(hidden_size), nn.BatchNorm1d(hidden_size), nn.ReLU())
    net = nn.Sequential(hidden, nn.Linear(hidden_size, output_size))
    net(torch.zeros(2, input_size))
    net[0][1].reset_running_stats()
    return net


def split_train_valid(n, valid_size, seed=0):
    generator = torch.Generator()
    generator.manual_seed(seed)
    first, second = torch.randperm(n, generator=generator).split([n - valid_size, valid_size])
    return first, second


def run_epoch(model, images, labels, order, batch_size, device, optimizer=None):
    """The mean loss over the rows in `order`; with an optimiser, one step a batch."""
    model.train(optimizer is not None)
    total = 0.0
    with torch.set_grad_enabled(optimizer is not None):
        for rows in order.split(batch_size):
            logits = model(images[rows].flatten(start_dim=1).to(device))
            loss = nn.functional.nll_loss(logits.log_softmax(dim=1), labels[rows].to(device))
            if optimizer is not None:
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
            total += loss.item() * rows.numel()
    return total / len(order)


def train(model, images, labels, *, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [
        run_epoch(
            model, images, labels, torch.randperm(len(images), generator=generator), batch_size, device, optimizer
        )
        for _ in range(epochs)
    ]


def predict(model, images, *, batch_size=256, device="cpu"):
    mode = model.training
    model.to(device).train(False)
    answer = torch.empty(len(images), dtype=torch.long)
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            part = images[start : start + batch_size].flatten(1)
            answer[start : start + len(part)] = model(part.to(device)).softmax(1).argmax(1).cpu()
    model.train(mode)
    return answer


def train_with_validation(model, images, labels, *, valid_size, epochs, batch_size=64, lr=1e-3, seed=0, device="cpu"):
    model.to(device)
    rows, held_back = split_train_valid(len(images), valid_size, seed)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = {"train": [], "valid": []}
    for _ in range(epochs):
        order = rows[torch.randperm(len(rows), generator=generator)]
        history["train"].append(run_epoch(model, images, labels, order, batch_size, device, optimizer))
        history["valid"].append(run_epoch(model, images, labels, held_back, batch_size, device))
    return history


def best_epoch(valid_losses):
    return min(enumerate(valid_losses), key=lambda pair: (pair[1], pair[0]))[0]
