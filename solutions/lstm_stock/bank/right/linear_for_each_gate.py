"""One Linear per gate, as the formulas are written; LSTM, GRU and RNN cells as classes of their own."""

import torch
from torch import nn


class LSTM(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.i, self.f, self.g, self.o = (nn.Linear(d + h, h) for _ in range(4))

    def forward(self, x):
        h = c = x.new_zeros(x.shape[0], self.h)
        out = []
        for row in x.unbind(1):
            v = torch.cat([row, h], 1)
            c = torch.sigmoid(self.f(v)) * c + torch.sigmoid(self.i(v)) * torch.tanh(self.g(v))
            h = torch.sigmoid(self.o(v)) * torch.tanh(c)
            out.append(h)
        return torch.stack(out, 1)


class GRU(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.r, self.z, self.n = (nn.Linear(d + h, h) for _ in range(3))

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.h)
        out = []
        for row in x.unbind(1):
            v = torch.cat([row, h], 1)
            r, z = torch.sigmoid(self.r(v)), torch.sigmoid(self.z(v))
            n = torch.tanh(self.n(torch.cat([row, r * h], 1)))
            h = (1 - z) * n + z * h
            out.append(h)
        return torch.stack(out, 1)


class RNN(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.w = nn.Linear(d + h, h)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.h)
        out = []
        for row in x.unbind(1):
            h = torch.tanh(self.w(torch.cat([row, h], 1)))
            out.append(h)
        return torch.stack(out, 1)


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        kind = {"rnn": RNN, "lstm": LSTM, "gru": GRU}[cell]
        self.layers = nn.Sequential(*[kind(hidden_size if i else input_size, hidden_size) for i in range(num_layers)])
        self.out = nn.Linear(hidden_size, 1)

    def forward(self, x):
        return self.out(self.layers(x)[:, -1])
