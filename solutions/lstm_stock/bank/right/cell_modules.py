"""Layers unrolled by hand from torch's Cell modules, the head declared first; F.linear and split; sliding_window_view."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def chronological_split(rows, train_fraction=0.7, context=0):
    n = rows.shape[0]
    cut = math.floor(n * train_fraction)
    return rows[np.arange(cut)].copy(), np.concatenate([rows[cut - context : cut], rows[cut:]])


class MinMaxScaler:
    def __init__(self):
        self.bounds = None

    def fit(self, rows):
        self.bounds = [(float(column.min()), float(column.max())) for column in rows.T]
        return self

    def transform(self, rows):
        columns = []
        for (low, high), column in zip(self.bounds, rows.T):
            columns.append((column - low) / (high - low) if high > low else np.zeros_like(column))
        return np.stack(columns, axis=1)

    def inverse_close(self, values):
        low, high = self.bounds[-1]
        return low + (high - low) * values


def make_windows(rows, length):
    view = np.lib.stride_tricks.sliding_window_view(rows, length, axis=0)[:-1]
    X = torch.from_numpy(view.swapaxes(1, 2).astype(np.float32))
    return X, torch.from_numpy(rows[length:, -1].astype(np.float32)).unsqueeze(1)


def lstm_step(x, h, c, w, b):
    hidden = h.shape[-1]
    gates = F.linear(torch.hstack((x, h)), w, b)
    i, f, g, o = torch.split(gates, hidden, dim=-1)
    c = F.sigmoid(f).mul(c).add(F.sigmoid(i).mul(F.tanh(g)))
    return F.sigmoid(o).mul(F.tanh(c)), c


def gru_step(x, h, w, b):
    hidden, features = h.shape[-1], x.shape[-1]
    w_x, w_h = w[:, :features], w[:, features:]
    from_x = F.linear(x, w_x, b)
    gates = from_x[:, : 2 * hidden] + F.linear(h, w_h[: 2 * hidden])
    r, z = gates.sigmoid().tensor_split(2, dim=1)
    n = (from_x[:, 2 * hidden :] + F.linear(r * h, w_h[2 * hidden :])).tanh()
    return torch.lerp(n, h, z)


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        Cell = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}[cell]
        self.out = nn.Linear(hidden_size, 1)
        self.upper = nn.ModuleList([Cell(hidden_size, hidden_size) for _ in range(num_layers - 1)])
        self.lowest = Cell(input_size, hidden_size)

    def forward(self, x):
        states = [None] * (1 + len(self.upper))
        for day in range(x.shape[1]):
            value = x[:, day]
            for level, cell in enumerate([self.lowest, *self.upper]):
                states[level] = cell(value, states[level])
                value = states[level][0] if isinstance(states[level], tuple) else states[level]
        return self.out(value)


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(params=list(model.parameters()), lr=lr, foreach=False)
    X, y = X.to(device), y.to(device)
    history = [0.0] * epochs
    for epoch in range(epochs):
        model.zero_grad()
        error = model(X) - y
        loss = (error * error).mean()
        history[epoch] = loss.detach().cpu().numpy()
        loss.backward()
        optimizer.step()
    return history


@torch.no_grad()
def predict(model, X):
    was_training = model.training
    device = {parameter.device for parameter in model.parameters()}.pop()
    result = torch.cat([model.eval()(part.to(device)) for part in X.split(64)])
    model.train(was_training)
    return result.to("cpu")


def persistence_rmse(X, y):
    return math.sqrt(np.square(X[:, -1, [-1]].numpy() - y.numpy()).mean())
