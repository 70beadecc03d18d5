"""nn.RNNCell in loops, one cell per layer, time before batch inside; states kept in a list; losses summed over positions."""

import torch
import torch.nn.functional as F
from torch import nn


def build_vocab(text):
    chars = []
    for char in text:
        if char not in chars:
            chars.append(char)
    chars.sort()
    return chars, dict(zip(chars, range(len(chars))))


def encode(text, char_to_index):
    result = torch.zeros(len(text), dtype=torch.int64)
    for place, char in enumerate(text):
        if char not in char_to_index:
            raise ValueError(f"{char!r} is not in the vocabulary")
        result[place] = char_to_index[char]
    return result


def one_hot(indices, size):
    return torch.zeros(*indices.shape, size, device=indices.device).scatter_(-1, indices.unsqueeze(-1), 1.0)


def make_windows(text, length):
    return list(
        zip(
            map("".join, zip(*(text[i:-1] for i in range(length)))),
            map("".join, zip(*(text[i + 1 :] for i in range(length)))),
        )
    )


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.addmm(b_ih, x, w_ih.t()).add(torch.addmm(b_hh, h, w_hh.t())).tanh_()


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        width = vocab_size if embedding_size is None else embedding_size
        self.cells = nn.ModuleList(nn.RNNCell(width if i == 0 else hidden_size, hidden_size) for i in range(num_layers))
        self.table = nn.Embedding(vocab_size, embedding_size) if embedding_size is not None else None
        self.out = nn.Linear(hidden_size, vocab_size)
        self.sizes = vocab_size, hidden_size

    def step(self, x, states):
        value = one_hot(x, self.sizes[0]) if self.table is None else self.table(x)
        for number, cell in enumerate(self.cells):
            value = states[number] = cell(value, states[number])
        return self.out(value)

    def start(self, count):
        return [self.out.weight.new_zeros(count, self.sizes[1]) for _ in self.cells]

    def forward(self, x):
        states = self.start(len(x))
        return torch.stack([self.step(column, states) for column in x.unbind(1)]).transpose(0, 1)


def output_shapes(batch, length, hidden, layers, bidirectional):
    directions = 1 + int(bidirectional)
    return [batch, length, hidden * directions], [layers * directions, batch, hidden]


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device)
    inputs, targets = inputs.to(device), targets.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)
        loss = 0
        for t in range(inputs.shape[1]):
            loss = loss + F.cross_entropy(logits[:, t], targets[:, t])
        loss = loss / inputs.shape[1]
        model.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss))
    return history


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device)
    states, answer = model.start(1), ""
    for index in encode(text, char_to_index).to(device):
        answer += chars[int(model.step(index.unsqueeze(0), states).argmax())]
    return answer


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device)
    states, text = model.start(1), list(prefix)
    with torch.no_grad():
        for place in range(len(prefix) + n - 1):
            logits = model.step(encode(text[place], char_to_index).to(device), states)
            if place >= len(prefix) - 1:
                text.append(chars[logits.argmax().item()])
    return "".join(text)


def logit_floor(k, bound=1.0):
    logits = torch.full((1, k), -float(bound), dtype=torch.float64)
    logits[0, 0] = bound
    return F.cross_entropy(logits, torch.tensor([0])).item()
