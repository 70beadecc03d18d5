"""A ModuleList of one-layer networks; packed sequences; weights as parameters (in, out) with a column of ones left out."""

import numpy as np
import torch
from torch import nn


class MinMaxScaler:
    __slots__ = ("lo", "hi")

    def fit(self, rows):
        self.lo, self.hi = np.percentile(rows, [0, 100], axis=0)
        return self

    def transform(self, rows):
        with np.errstate(all="ignore"):
            return np.nan_to_num((rows - self.lo) / (self.hi - self.lo), nan=0.0, posinf=0.0, neginf=0.0)

    def inverse_close(self, values):
        return values * (self.hi - self.lo)[-1] + self.lo[-1]


def make_windows(rows, length):
    views = np.lib.stride_tricks.sliding_window_view(rows, length, axis=0)[:-1].swapaxes(1, 2)
    return torch.tensor(views.copy(), dtype=torch.float32), torch.tensor(rows[length:, -1], dtype=torch.float32)[
        :, None
    ]


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell.lower()]
        self.stack = nn.ModuleList(
            kind(hidden_size if i else input_size, hidden_size, batch_first=True) for i in range(num_layers)
        )
        self.v = nn.Parameter(torch.randn(hidden_size) / hidden_size**0.5)
        self.c = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        for layer in self.stack:
            x, _ = layer(x)
        return (x[:, -1] @ self.v + self.c).unsqueeze(1)


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device)
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = torch.empty(epochs)
    for epoch in range(epochs):
        prediction = model(X).squeeze(-1)
        loss = ((prediction - y.squeeze(-1)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history[epoch] = loss.detach()
    return history.tolist()


def predict(model, X):
    model.eval()
    with torch.no_grad():
        return torch.vstack([model(window[None].to(next(model.parameters()).device)).cpu() for window in X])


def persistence_rmse(X, y):
    return ((X[:, -1, -1] - y[:, 0]) ** 2).mean() ** 0.5
