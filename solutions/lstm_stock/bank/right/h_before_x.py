"""Everything in one comprehension or one expression, type hints, a layer chosen by match, h first inside the network."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss


def chronological_split(
    rows: np.ndarray, train_fraction: float = 0.7, context: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    return (train := rows[: int(len(rows) * train_fraction)]).copy(), rows[len(train) - context :].copy()


class MinMaxScaler:
    def __init__(self, epsilon: float = 1e-9) -> None:
        self.epsilon = epsilon

    def fit(self, rows: np.ndarray) -> "MinMaxScaler":
        self.low = np.array([min(column) for column in zip(*rows)])
        self.high = np.array([max(column) for column in zip(*rows)])
        return self

    def transform(self, rows: np.ndarray) -> np.ndarray:
        return (rows - self.low) / np.maximum(self.high - self.low, self.epsilon)

    def inverse_close(self, values):
        return values * (self.high - self.low)[-1] + self.low[-1]


def make_windows(rows: np.ndarray, length: int) -> list[Tensor]:
    starts = range(len(rows) - length)
    return [
        torch.stack([torch.from_numpy(rows[s : s + length]) for s in starts]).to(torch.float32),
        torch.tensor([[row[-1]] for row in rows[length:]], dtype=torch.float32),
    ]


def lstm_step(x: Tensor, h: Tensor, c: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = torch.einsum("nd,gd->ng", torch.cat([x, h], 1), w).add(b).reshape(len(h), 4, -1).transpose(0, 1)
    cell = c * f.sigmoid() + g.tanh() * i.sigmoid()
    return cell.tanh() * o.sigmoid(), cell


def gru_step(x: Tensor, h: Tensor, w: Tensor, b: Tensor) -> Tensor:
    def block(k: int, state: Tensor) -> Tensor:
        size = h.shape[1]
        rows = slice(k * size, (k + 1) * size)
        return torch.cat([x, state], 1) @ w[rows].T + b[rows]

    r, z = block(0, h).sigmoid(), block(1, h).sigmoid()
    return (1 - z) * block(2, r * h).tanh() + z * h


class StockRNN(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, cell: str = "lstm") -> None:
        super().__init__()
        bound = hidden_size**-0.5
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
        self.hidden_size, self.gates = hidden_size, gates
        self.read = nn.Linear(hidden_size, 1)
        # h first, and kept as (in, out): nothing says that weights must lie as torch's do
        self.levels = nn.ModuleList()
        for level in range(num_layers):
            size = hidden_size + (hidden_size if level else input_size)
            holder = nn.Module()
            holder.weight = nn.Parameter(torch.rand(size, gates * hidden_size) * 2 * bound - bound)
            holder.bias = nn.Parameter(torch.rand(1, gates * hidden_size) * 2 * bound - bound)
            self.levels.append(holder)

    def step(self, x: Tensor, h: Tensor, c: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        size = self.hidden_size
        total = torch.cat([h, x], 1) @ weight + bias
        match self.gates:
            case 1:
                return total.tanh(), c
            case 3:
                r, z = total[:, :size].sigmoid(), total[:, size : 2 * size].sigmoid()
                n = (torch.cat([r * h, x], 1) @ weight[:, 2 * size :] + bias[:, 2 * size :]).tanh()
                return (1 - z) * n + z * h, c
        i, f, g, o = total.chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c

    def forward(self, x: Tensor) -> Tensor:
        zero = torch.zeros(len(x), self.hidden_size, device=x.device, dtype=x.dtype)
        states = [(zero, zero) for _ in self.levels]
        for day in x.unbind(dim=1):
            for n, level in enumerate(self.levels):
                states[n] = self.step(day, *states[n], level.weight, level.bias)
                day = states[n][0]
        return self.read(day)


def train(
    model: nn.Module, X: Tensor, y: Tensor, *, epochs: int, lr: float = 0.01, seed: int = 0, device: str = "cpu"
) -> list[float]:
    X, y, model = X.to(device), y.to(device), model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def step() -> float:
        optimizer.zero_grad()
        (loss := mse_loss(model(X), y)).backward()
        optimizer.step()
        return loss.item()

    return [step() for _ in range(epochs)]


def predict(model: nn.Module, X: Tensor) -> Tensor:
    with torch.no_grad():
        return model.eval()(X.to(next(model.parameters()).device)).cpu()


def persistence_rmse(X: Tensor, y: Tensor) -> float:
    return float(np.sqrt(np.mean([(float(a) - float(b)) ** 2 for a, b in zip(X[:, -1, -1], y[:, 0])])))
