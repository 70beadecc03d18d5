"""Layers in a ModuleDict, the last Linear lazy, explicit zero h0, unpacking; generate by a generator and islice."""

from itertools import islice

import torch
from torch import nn
from torch.nn import functional as F


def build_vocab(text):
    chars = [*dict.fromkeys(sorted(text))]
    return chars, dict(map(reversed, enumerate(chars)))


def encode(text, char_to_index):
    missing = set(text) - char_to_index.keys()
    if missing:
        raise ValueError(f"unknown: {missing}")
    return torch.LongTensor(list(map(char_to_index.get, text)))


def make_windows(text, length):
    return [(text[i:][:length], text[i + 1 :][:length]) for i, _ in enumerate(text[length:])]


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh(torch.baddbmm(b_ih, x[None], w_ih.mT[None])[0] + F.linear(h, w_hh, b_hh))


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.V = vocab_size
        parts = {}
        if embedding_size is not None:
            parts["embed"] = nn.Embedding(vocab_size, embedding_size)
        parts["rnn"] = nn.RNN(
            input_size=vocab_size if embedding_size is None else embedding_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            batch_first=True,
        )
        parts["out"] = nn.LazyLinear(vocab_size)
        self.parts = nn.ModuleDict(parts)

    def advance(self, x, hidden=None):
        rows = self.parts["embed"](x) if "embed" in self.parts else F.one_hot(x, num_classes=self.V).to(torch.float32)
        rnn = self.parts["rnn"]
        if hidden is None:
            hidden = torch.zeros(rnn.num_layers, x.size(0), rnn.hidden_size, device=x.device)
        rows, hidden = rnn(rows, hidden)
        return self.parts["out"](rows), hidden

    def forward(self, x):
        logits, _ = self.advance(x)
        return logits


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model.to(device)
    x, y = (t.to(device, non_blocking=True) for t in (inputs, targets))
    with torch.no_grad():
        model(x[:1])
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    out = []
    for _ in range(epochs):

        def closure():
            opt.zero_grad(set_to_none=False)
            loss = nn.CrossEntropyLoss()(model(x).permute(0, 2, 1), y)
            loss.backward()
            return loss

        out.append(opt.step(closure).item())
    return out


@torch.no_grad()
def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    logits, _ = model.advance(encode(text, char_to_index).unsqueeze(0).to(device))
    return "".join([chars[k] for k in logits[0].max(dim=-1).indices])


def written(model, prefix, chars, char_to_index, device):
    x, hidden = encode(prefix, char_to_index)[None].to(device), None
    while True:
        with torch.no_grad():
            logits, hidden = model.advance(x, hidden)
        x = logits[:, [-1]].argmax(-1)
        yield chars[int(x)]


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    return prefix + "".join(islice(written(model, prefix, chars, char_to_index, device), n))


def logit_floor(k, bound=1.0):
    logits = -bound * torch.ones(k, dtype=torch.float64)
    logits[0] = bound
    return (torch.logsumexp(logits, 0) - logits[0]).item()
