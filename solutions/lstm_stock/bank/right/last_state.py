"""The last state h_n of the top layer in place of the outputs; all three layers in a ModuleDict; a list of tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(rows.shape[0] * train_fraction)
    mask = np.arange(len(rows)) < cut
    return rows[mask], np.vstack([rows[mask][cut - context :], rows[~mask]])


@dataclass
class MinMaxScaler:
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    def fit(self, rows):
        ordered = np.sort(rows, axis=0)
        self.low, self.high = ordered[0].copy(), ordered[-1].copy()
        self.high[self.high == self.low] += 1
        return self

    def transform(self, rows):
        result = np.array(rows, dtype=np.float64)
        result -= self.low
        result /= self.high - self.low
        return result

    def inverse_close(self, values):
        return (1 - values) * self.low[-1] + values * self.high[-1]


def make_windows(rows, length):
    count = len(rows) - length
    X = torch.empty(count, length, rows.shape[1])
    y = torch.empty(count, 1)
    for i in range(count):
        X[i] = torch.as_tensor(rows[i : i + length])
        y[i, 0] = float(rows[i + length][-1])
    return X, y


def lstm_step(x, h, c, w, b):
    xh = torch.concat([x, h], dim=-1)
    parts = [xh.matmul(rows.T) + bias for rows, bias in zip(w.chunk(4), b.chunk(4))]
    c = torch.sigmoid(parts[1]) * c + torch.sigmoid(parts[0]) * torch.tanh(parts[2])
    return (torch.sigmoid(parts[3]) * torch.tanh(c), c)


def gru_step(x, h, w, b):
    xh = torch.concat([x, h], dim=-1)
    r, z = (torch.sigmoid(xh.matmul(rows.T) + bias) for rows, bias in zip(w.chunk(3)[:2], b.chunk(3)[:2]))
    n = torch.tanh(torch.concat([x, r * h], dim=-1).matmul(w.chunk(3)[2].T) + b.chunk(3)[2])
    return (1 - z) * n + z * h


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        kinds = {"gru": nn.GRU, "rnn": nn.RNN, "lstm": nn.LSTM}
        options = dict(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.kind = cell
        self.layers = nn.ModuleDict({name: kind(**options) for name, kind in kinds.items()})
        self.activation = lambda value: value
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        _, state = self.layers[self.kind](x)
        h_n = state[0] if self.kind == "lstm" else state
        return self.activation(self.linear(h_n[-1]))


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.train()
    model.to(device)
    optimizer = torch.optim.Adam([{"params": model.parameters()}], lr=lr)
    X, y = X.to(device), y.to(device)
    history = []
    while len(history) < epochs:

        def closure():
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(X), y, reduction="sum") / len(X)
            loss.backward()
            return loss

        history.append(optimizer.step(closure).detach())
    return history


def predict(model, X):
    model = model.eval()
    with torch.no_grad():
        on = next(model.parameters()).device
        return model(X.to(on)).to("cpu")


def persistence_rmse(X, y):
    return float(torch.dist(X[:, -1, -1], y[:, 0]) / len(y) ** 0.5)
