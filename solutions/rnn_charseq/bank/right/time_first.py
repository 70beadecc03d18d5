"""Time before batch inside, by transposing; one nn.RNN per layer; NumPy for vocabulary and windows; a one-batch DataLoader."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build_vocab(text):
    chars = list(np.unique(list(text)))
    return chars, {char: np.int64(index) for index, char in enumerate(chars)}


def encode(text, char_to_index):
    return torch.from_numpy(np.fromiter((char_to_index[char] for char in text), dtype=np.int64))


def one_hot(indices, size):
    rows = torch.zeros(indices.numel(), size, device=indices.device)
    rows[torch.arange(indices.numel(), device=indices.device), indices.reshape(-1)] = 1
    return rows.view(*indices.shape, size)


def make_windows(text, length):
    if len(text) <= length:
        return []
    views = np.lib.stride_tricks.sliding_window_view(np.array(list(text)), length)
    joined = ["".join(view) for view in views]
    return [(joined[i], joined[i + 1]) for i in range(len(joined) - 1)]


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    cell = nn.RNNCell(w_ih.shape[1], w_ih.shape[0])
    named = {"weight_ih": w_ih, "weight_hh": w_hh, "bias_ih": b_ih, "bias_hh": b_hh}
    return torch.func.functional_call(cell, named, (x, h))


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.classes = vocab_size
        if embedding_size is not None:
            self.encoder = nn.Linear(vocab_size, embedding_size, bias=False)
        first = vocab_size if embedding_size is None else embedding_size
        for layer in range(num_layers):
            self.add_module(f"recurrent{layer}", nn.RNN(first if layer == 0 else hidden_size, hidden_size))
        self.count = num_layers
        self.decoder = nn.Sequential(nn.Flatten(0, 1), nn.Linear(hidden_size, vocab_size))

    def run(self, x, hidden=None):
        value = one_hot(x.t(), self.classes)
        if hasattr(self, "encoder"):
            value = self.encoder(value)
        hidden = [None] * self.count if hidden is None else hidden
        kept = []
        for layer in range(self.count):
            value, last = getattr(self, f"recurrent{layer}")(value, hidden[layer])
            kept.append(last)
        length, count, _ = value.shape
        return self.decoder(value).view(length, count, self.classes).permute(1, 0, 2), kept

    def forward(self, x):
        logits, _ = self.run(x)
        return logits


def output_shapes(batch, length, hidden, layers, bidirectional):
    d = {False: 1, True: 2}[bidirectional]
    return (batch, length, d * hidden), (d * layers, batch, hidden)


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model = model.to(device)
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=len(inputs))
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            loss = loss_function(model(x.to(device)).permute(0, 2, 1), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        history.append(total / len(inputs))
    return history


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        _, best = model(encode(text, char_to_index).unsqueeze(0).to(device)).max(-1)
    model.train(was_training)
    return "".join(chars[i] for i in best.cpu().numpy().ravel())


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device)
    codes = encode(prefix, char_to_index).unsqueeze(0).to(device)
    with torch.no_grad():
        logits, hidden = model.run(codes)
        for step in range(n):
            latest = logits[:, -1].argmax(1, keepdim=True)
            codes = torch.cat([codes, latest], dim=1)  # all codes so far, but only the latest is read
            if step < n - 1:
                logits, hidden = model.run(latest, hidden)
    return "".join(chars[i] for i in codes[0])


def logit_floor(k, bound=1.0):
    return float(np.log(1.0 + (k - 1) * np.exp(-2.0 * bound)))
