"""One Linear over [x, h] per layer, as the lecture's tanh(w·[x, h]); one-hot as a frozen identity embedding."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def build_vocab(text):
    chars = [chr(code) for code in sorted({ord(char) for char in text})]
    return chars, {chars[index]: index for index in range(len(chars))}


def encode(text, char_to_index):
    return torch.tensor(list(map(char_to_index.__getitem__, text)))


def one_hot(indices, size):
    return F.embedding(indices, torch.eye(size, device=indices.device))


def make_windows(text, length):
    windows = [text[i : i + length] for i in range(len(text) - length + 1)]
    return list(zip(windows[:-1], windows[1:]))


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return F.linear(torch.cat([x, h], dim=1), torch.cat([w_ih, w_hh], dim=1), b_ih + b_hh).tanh()


class Layer(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.hidden = hidden
        self.linear = nn.Linear(width + hidden, hidden)

    def forward(self, rows, h=None):
        h = rows.new_zeros(rows.shape[0], self.hidden) if h is None else h
        found = []
        for step in range(rows.shape[1]):
            h = torch.tanh(self.linear(torch.cat((rows[:, step], h), dim=-1)))
            found.append(h)
        return torch.stack(found, dim=1), h


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        if embedding_size is None:
            self.look_up = nn.Embedding.from_pretrained(torch.eye(vocab_size), freeze=True)
        else:
            self.look_up = nn.Embedding(vocab_size, embedding_size)
        widths = [self.look_up.embedding_dim] + [hidden_size] * (num_layers - 1)
        self.layers = nn.ModuleList([Layer(width, hidden_size) for width in widths])
        self.readout = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, states=None):
        rows = self.look_up(x)
        for number, layer in enumerate(self.layers):
            rows, h = layer(rows, None if states is None else states.get(number))
            if states is not None:
                states[number] = h
        return self.readout(rows)


def output_shapes(batch, length, hidden, layers, bidirectional):
    outputs, last = nn.RNN(1, hidden, layers, batch_first=True, bidirectional=bidirectional)(
        torch.zeros(batch, length, 1)
    )
    return tuple(outputs.shape), tuple(last.shape)


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.train().to(device)
    inputs, targets = inputs.to(device), targets.to(device)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
    history = []
    for _ in range(epochs):
        optimizer.zero_grad(set_to_none=False)
        loss = F.nll_loss(model(inputs).log_softmax(dim=2).transpose(1, 2), targets)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


@torch.no_grad()
def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.eval().to(device)
    probabilities = model(encode(text, char_to_index)[None].to(device)).softmax(-1)[0]
    return "".join(chars[row.argmax()] for row in probabilities)


@torch.no_grad()
def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.eval().to(device)
    states = {}
    if len(prefix) > 1:
        model(encode(prefix[:-1], char_to_index)[None].to(device), states)
    text = prefix
    for _ in range(n):
        logits = model(encode(text[-1], char_to_index)[None].to(device), states)
        text += chars[logits.flatten().argmax()]
    return text


def logit_floor(k, bound=1.0):
    return bound - bound + math.log(math.exp(bound) + (k - 1) * math.exp(-bound)) - bound
