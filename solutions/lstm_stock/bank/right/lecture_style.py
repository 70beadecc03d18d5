"""As in many lectures: Python loops and lists, a tiny number added to the range, explicit zero states, names of its own."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


def chronological_split(rows, train_fraction=0.7, context=0):
    train_size = int(len(rows) * train_fraction)
    train_set = rows[0:train_size]
    test_set = rows[train_size - context :]
    return train_set, test_set


class MinMaxScaler:
    def fit(self, rows):
        self.data_min = np.min(rows, 0)
        self.data_max = np.max(rows, 0)
        return self

    def transform(self, rows):
        numerator = rows - self.data_min
        denominator = self.data_max - self.data_min
        return numerator / (denominator + 1e-7)

    def inverse_close(self, values):
        return values * (self.data_max[-1] - self.data_min[-1] + 1e-7) + self.data_min[-1]


def make_windows(rows, length):
    dataX, dataY = [], []
    for i in range(0, len(rows) - length):
        dataX.append(rows[i : i + length, :])
        dataY.append(rows[i + length, [-1]])
    return torch.Tensor(np.array(dataX)), torch.Tensor(np.array(dataY))


def lstm_step(x, h, c, w, b):
    hidden = h.size(1)
    xh = torch.cat((x, h), 1)
    i = torch.sigmoid(xh @ w[0:hidden].t() + b[0:hidden])
    f = torch.sigmoid(xh @ w[hidden : 2 * hidden].t() + b[hidden : 2 * hidden])
    g = torch.tanh(xh @ w[2 * hidden : 3 * hidden].t() + b[2 * hidden : 3 * hidden])
    o = torch.sigmoid(xh @ w[3 * hidden :].t() + b[3 * hidden :])
    c_new = f * c + i * g
    h_new = o * torch.tanh(c_new)
    return [h_new, c_new]


def gru_step(x, h, w, b):
    hidden = h.size(1)
    xh = torch.cat((x, h), 1)
    r = torch.sigmoid(xh @ w[0:hidden].t() + b[0:hidden])
    z = torch.sigmoid(xh @ w[hidden : 2 * hidden].t() + b[hidden : 2 * hidden])
    n = torch.tanh(torch.cat((x, r * h), 1) @ w[2 * hidden :].t() + b[2 * hidden :])
    return n - z * n + z * h


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super(StockRNN, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.cell = cell
        if cell == "lstm":
            self.rnn = nn.LSTM(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        elif cell == "gru":
            self.rnn = nn.GRU(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        else:
            self.rnn = nn.RNN(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, 1, bias=True)

    def forward(self, x):
        h_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        if self.cell == "lstm":
            c_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
            x, _status = self.rnn(x, (h_0, c_0))
        else:
            x, _status = self.rnn(x, h_0)
        x = self.fc(x[:, -1])
        return x


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    torch.manual_seed(seed)
    net = model.to(device)
    trainX_tensor, trainY_tensor = X.to(device), y.to(device)
    criterion = nn.MSELoss()
    optimizer = optim.Adam(net.parameters(), lr=lr)
    history = []
    for i in range(epochs):
        optimizer.zero_grad()
        outputs = net(trainX_tensor)
        loss = criterion(outputs, trainY_tensor)
        loss.backward()
        optimizer.step()
        history.append(float(loss))
    return history


def predict(model, X):
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        return model(X.to(device)).detach().cpu()


def persistence_rmse(X, y):
    total = 0.0
    for window, target in zip(X, y):
        total += (window[-1][-1].item() - target.item()) ** 2
    return (total / len(y)) ** 0.5
