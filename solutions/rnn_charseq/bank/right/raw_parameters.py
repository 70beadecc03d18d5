"""By hand: weights as raw parameters (in, out), one bias per layer, rows of the weight looked up in place of one-hot."""

import torch
from torch import nn


def build_vocab(text):
    counted = {}
    for char in sorted(text):
        counted.setdefault(char, len(counted))
    return list(counted), counted


def encode(text, char_to_index):
    return torch.stack([torch.tensor(char_to_index[char]) for char in text])


def one_hot(indices, size):
    return (indices[..., None] == torch.arange(size, device=indices.device)).to(torch.float64)


def make_windows(text, length):
    pairs = []
    start = 0
    while start + length < len(text):
        pairs.append([text[start : start + length], text[start + 1 : start + 1 + length]])
        start += 1
    return pairs


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh(torch.einsum("nd,hd->nh", x, w_ih) + torch.einsum("ng,hg->nh", h, w_hh) + (b_ih + b_hh))


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        width = embedding_size or vocab_size
        scale = hidden_size**-0.5
        if embedding_size:
            self.table = nn.Parameter(torch.randn(vocab_size, embedding_size))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(hidden_size)) for _ in range(num_layers))
        self.u = nn.ParameterList(
            nn.Parameter(torch.empty(hidden_size, hidden_size).uniform_(-scale, scale)) for _ in range(num_layers)
        )
        self.c = nn.Parameter(torch.zeros(vocab_size))
        self.v = nn.Parameter(torch.empty(hidden_size, vocab_size).uniform_(-scale, scale))
        self.w = nn.ParameterList(
            nn.Parameter(torch.empty(hidden_size if layer else width, hidden_size).uniform_(-scale, scale))
            for layer in range(num_layers)
        )

    def first(self, x):
        return self.table[x] @ self.w[0] if hasattr(self, "table") else self.w[0][x]

    def forward(self, x, keep=None):
        a = self.first(x)
        for layer in range(len(self.b)):
            h = (
                self.b[layer].new_zeros(len(x), len(self.b[layer]))
                if keep is None or layer not in keep
                else keep[layer]
            )
            found = []
            for t in range(x.size(1)):
                h = torch.tanh(a[:, t] + h @ self.u[layer] + self.b[layer])
                found.append(h)
            if keep is not None:
                keep[layer] = h
            values = torch.stack(found, 1)
            if layer + 1 < len(self.b):
                a = values @ self.w[layer + 1]
        return values @ self.v + self.c


def output_shapes(batch, length, hidden, layers, bidirectional):
    if bidirectional:
        return (batch, length, 2 * hidden), (2 * layers, batch, hidden)
    return (batch, length, hidden), (layers, batch, hidden)


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device)
    x, y = inputs.to(device), targets.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        z = model(x)
        right = z.gather(2, y.unsqueeze(2)).squeeze(2)
        loss = (torch.logsumexp(z, dim=2) - right).mean()
        for parameter in model.parameters():
            parameter.grad = None
        loss.backward()
        optimizer.step()
        history.append(loss.detach())
    return history


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    with torch.inference_mode():
        z = model.to(device)(torch.tensor([[char_to_index[char] for char in text]]).to(device))
    return "".join(map(chars.__getitem__, z.topk(1).indices.flatten().tolist()))


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    keep, text, new = {}, prefix, prefix
    model.to(device)
    with torch.inference_mode():
        while len(text) < len(prefix) + n:
            z = model(torch.tensor([[char_to_index[char] for char in new]]).to(device), keep)
            new = chars[int(z[0, -1].argmax())]
            text += new
    return text


def logit_floor(k, bound=1.0):
    return torch.log1p((k - 1) * torch.exp(torch.tensor(-2.0 * bound)))
