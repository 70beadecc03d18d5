"""Input-to-hidden and hidden-to-hidden as two Linear layers; recursion for generate; regular expressions and comprehensions."""

import re
from math import exp, log

import torch
from torch import nn


def build_vocab(text):
    chars = sorted(set(text))
    return chars, {char: chars.index(char) for char in chars}


def encode(text, char_to_index):
    try:
        return torch.as_tensor([char_to_index[char] for char in text], dtype=torch.int64)
    except KeyError as missing:
        raise KeyError(f"not in the vocabulary: {missing}") from None


def one_hot(indices, size):
    return torch.eye(size, device=indices.device)[indices]


def make_windows(text, length):
    found = re.findall(rf"(?=(.{{{length}}})(?<=(.)))", text, flags=re.S)
    windows = [window for window, _ in found]
    return list(zip(windows, windows[1:]))


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    rows = []
    for xi, hi in zip(x, h):
        rows.append(torch.tanh(w_ih @ xi + b_ih + w_hh @ hi + b_hh))
    return torch.stack(rows)


class Elman(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.h2h = nn.Linear(hidden, hidden)
        self.i2h = nn.Linear(width, hidden)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.register_buffer("identity", torch.eye(vocab_size))
        self.o = nn.Linear(hidden_size, vocab_size)
        self.e = nn.Embedding(vocab_size, embedding_size) if embedding_size else None
        width = embedding_size if embedding_size else vocab_size
        self.stack = nn.Sequential(*[Elman(width if i == 0 else hidden_size, hidden_size) for i in range(num_layers)])
        self.hidden_size = hidden_size
        self.hidden = None

    def letter(self, x):
        value = self.e(x) if self.e is not None else self.identity[x]
        new = []
        for elman, h in zip(self.stack, self.hidden):
            value = elman(value, h)
            new.append(value)
        self.hidden = new
        return self.o(value)

    def reset(self, count):
        self.hidden = [torch.zeros(count, self.hidden_size, device=self.identity.device) for _ in self.stack]

    def forward(self, x):
        self.reset(x.shape[0])
        logits = torch.empty(*x.shape, len(self.identity), device=x.device)
        for t in range(x.shape[1]):
            logits[:, t] = self.letter(x[:, t])
        self.hidden = None
        return logits


def output_shapes(batch, length, hidden, layers, bidirectional):
    return (batch, length, hidden * 2**bidirectional), (layers * 2**bidirectional, batch, hidden)


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_of = nn.CrossEntropyLoss(reduction="none")

    def epoch():
        logits = model(inputs.to(device))
        loss = loss_of(logits.reshape(-1, logits.shape[-1]), targets.to(device).reshape(-1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return [epoch() for _ in range(epochs)]


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device)
    best = model(encode(text, char_to_index).reshape(1, len(text)).to(device)).argmax(-1).squeeze()
    return "".join(chars[i] for i in best.reshape(-1).tolist())


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device)
    model.reset(1)
    codes = encode(prefix, char_to_index).to(device)
    for code in codes[:-1]:
        model.letter(code[None])

    def more(code, count):
        if count == 0:
            return ""
        code = model.letter(code).argmax(1)
        return chars[code] + more(code, count - 1)

    with torch.no_grad():
        return prefix + more(codes[-1:], n)


def logit_floor(k, bound=1.0):
    return -log(exp(2 * bound) / (exp(2 * bound) + k - 1))
