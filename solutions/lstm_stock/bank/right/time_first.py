"""Time as the first axis, nn.Sequential for the head, a DataLoader with one batch, nn.MSELoss, tensors from the start."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def chronological_split(rows, train_fraction=0.7, context=0):
    cut = int(len(rows) * train_fraction)
    train = [row for day, row in enumerate(rows) if day < cut]
    test = [row for day, row in enumerate(rows) if day >= cut - context]
    return train, test


class MinMaxScaler:
    def fit(self, rows):
        rows = torch.as_tensor(rows, dtype=torch.float64)
        self.min, self.max = rows.amin(dim=0), rows.amax(dim=0)
        return self

    def transform(self, rows):
        span = (self.max - self.min).clamp(min=1e-12)
        return (torch.as_tensor(rows, dtype=torch.float64) - self.min) / span

    def inverse_close(self, values):
        return torch.as_tensor(values).double() * (self.max[-1] - self.min[-1]) + self.min[-1]


def make_windows(rows, length):
    rows = torch.as_tensor(rows).float()
    X = rows.unfold(0, length, 1)[:-1].transpose(1, 2).contiguous()
    return X, rows[length:, -1:]


def lstm_step(x, h, c, w, b):
    features = x.shape[1]
    total = x @ w[:, :features].T + h @ w[:, features:].T + b
    i, f, g, o = total.view(len(x), 4, -1).unbind(1)
    new_c = torch.addcmul(torch.sigmoid(f) * c, torch.sigmoid(i), torch.tanh(g))
    return torch.sigmoid(o) * new_c.tanh(), new_c


def gru_step(x, h, w, b):
    w = w.reshape(3, h.shape[1], -1)
    b = b.reshape(3, 1, -1)
    r, z = torch.sigmoid(torch.einsum("nd,ghd->gnh", torch.cat([x, h], dim=1), w[:2]) + b[:2])
    n = torch.tanh(torch.cat([x, r * h], dim=1) @ w[2].T + b[2])
    return z * h + (1 - z) * n


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(hidden_size, 1))
        self.core = getattr(nn, cell.upper())(input_size, hidden_size, num_layers)

    def forward(self, x):
        outputs, _ = self.core(x.permute(1, 0, 2))
        return self.head(outputs)[-1]


def train(model, X, y, *, epochs, lr=0.01, seed=0, device="cpu"):
    model.to(device)
    loader = DataLoader(TensorDataset(X, y), batch_size=len(X), shuffle=True)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = ()
    for _ in range(epochs):
        model.train()
        for inputs, targets in loader:
            optimizer.zero_grad(set_to_none=False)
            loss = criterion(model(inputs.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
            history += (loss.item(),)
    return history


def predict(model, X):
    model.eval()
    with torch.no_grad():
        return torch.stack([model(window[None].to(next(model.parameters()).device))[0] for window in X]).cpu()


def persistence_rmse(X, y):
    return torch.sqrt(nn.MSELoss()(X[:, -1, -1].unsqueeze(-1), y))
