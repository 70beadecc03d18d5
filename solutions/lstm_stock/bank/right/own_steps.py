"""StockRNN built from the two steps of this notebook, with weights as raw parameters; NumPy for everything before it."""

import numpy as np
import torch
from torch import nn


def chronological_split(rows, train_fraction=0.7, context=0):
    first_test_day = int(train_fraction * len(rows))
    return np.split(rows, [first_test_day])[0], rows[first_test_day - context : len(rows)]


class MinMaxScaler:
    def fit(self, rows):
        self.offset = rows.min(0, keepdims=True)
        self.factor = np.ptp(rows, axis=0, keepdims=True)
        self.factor[self.factor == 0] = 1
        return self

    def transform(self, rows):
        return np.divide(np.subtract(rows, self.offset), self.factor)

    def inverse_close(self, values):
        return np.asarray(values) * self.factor[0, -1] + self.offset[0, -1]


def make_windows(rows, length):
    days = np.arange(len(rows) - length)[:, None] + np.arange(length)[None]
    return rows[days].astype("float32"), rows[length:][:, [-1]].astype("float32")


def lstm_step(x, h, c, w, b):
    hidden = h.shape[1]
    gates = (w @ torch.cat([x, h], 1).T).T + b
    new = torch.tanh(gates[:, 2 * hidden : 3 * hidden])
    shut_or_open = torch.sigmoid(gates)
    c = shut_or_open[:, hidden : 2 * hidden] * c + shut_or_open[:, :hidden] * new
    return shut_or_open[:, 3 * hidden :] * torch.tanh(c), c


def gru_step(x, h, w, b):
    (w_r, w_z, w_n), (b_r, b_z, b_n) = w.chunk(3), b.chunk(3)
    both = torch.cat([x, h], 1)
    r = 1 / (1 + torch.exp(-(both @ w_r.T + b_r)))
    z = 1 / (1 + torch.exp(-(both @ w_z.T + b_z)))
    n = torch.tanh(torch.cat([x, h * r], 1) @ w_n.T + b_n)
    return n + z * (h - n)


def rnn_step(x, h, w, b):
    return torch.tanh(torch.cat([x, h], 1) @ w.T + b)


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        self.cell, self.hidden = cell, hidden_size
        rows = {"rnn": 1, "lstm": 4, "gru": 3}[cell] * hidden_size
        bound = hidden_size**-0.5
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.b = nn.ParameterList([torch.empty(rows).uniform_(-bound, bound) for _ in sizes])
        self.w = nn.ParameterList([torch.empty(rows, n + hidden_size).uniform_(-bound, bound) for n in sizes])
        self.v = nn.Parameter(torch.empty(hidden_size, 1).uniform_(-bound, bound))
        self.v0 = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        sequence = x.transpose(0, 1)
        for w, b in zip(self.w, self.b):
            h = c = x.new_zeros(len(x), self.hidden)
            outputs = []
            for day in sequence:
                if self.cell == "lstm":
                    h, c = lstm_step(day, h, c, w, b)
                else:
                    h = (gru_step if self.cell == "gru" else rnn_step)(day, h, w, b)
                outputs.append(h)
            sequence = outputs
        return sequence[-1] @ self.v + self.v0


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model = model.to(device)
    X, y = torch.as_tensor(X).to(device), torch.as_tensor(y).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    history = torch.zeros(epochs)
    for epoch in range(epochs):
        for parameter in model.parameters():
            parameter.grad = None
        loss = torch.mean((model(X) - y) ** 2)
        loss.backward()
        optimizer.step()
        history[epoch] = loss.detach()
    return history.tolist()


def predict(model, X):
    model.train(False)
    with torch.inference_mode():
        result = model(torch.as_tensor(X).to(next(iter(model.parameters())).device))
    return result.cpu().clone()


def persistence_rmse(X, y):
    today, tomorrow = np.asarray(X)[:, -1, -1], np.asarray(y)[:, 0]
    return np.sqrt(((today - tomorrow) ** 2).mean())
