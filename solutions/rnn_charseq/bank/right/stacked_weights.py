"""Weights of all layers stacked in one parameter each, layers advanced together step by step, logits by F.linear."""

import torch
import torch.nn.functional as F
from torch import nn


def build_vocab(text):
    chars = sorted(frozenset(text))
    return tuple(chars), {c: i for i, c in enumerate(chars)}


def make_windows(text, length):
    return [(text[i - length : i], text[i - length + 1 : i + 1]) for i in range(length, len(text))]


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        width = embedding_size or vocab_size
        self.first = nn.Parameter(torch.empty(hidden_size, width))
        self.own = nn.Parameter(torch.empty(num_layers, hidden_size, hidden_size))
        self.below = nn.Parameter(torch.empty(num_layers - 1, hidden_size, hidden_size)) if num_layers > 1 else None
        self.bias = nn.Parameter(torch.empty(num_layers, hidden_size))
        self.weight = nn.Parameter(torch.empty(vocab_size, hidden_size))
        self.level = nn.Parameter(torch.empty(vocab_size))
        for value in self.parameters():
            nn.init.uniform_(value, -(hidden_size**-0.5), hidden_size**-0.5)
        self.table = nn.Parameter(torch.randn(vocab_size, embedding_size)) if embedding_size else None

    def step(self, x, h):
        value = F.one_hot(x, len(self.level)).float() if self.table is None else F.embedding(x, self.table)
        new = []
        for layer in range(len(self.bias)):
            weight = self.first if layer == 0 else self.below[layer - 1]
            value = torch.tanh(F.linear(value, weight) + F.linear(h[layer], self.own[layer]) + self.bias[layer])
            new.append(value)
        return F.linear(value, self.weight, self.level), torch.stack(new)

    def forward(self, x):
        h = torch.zeros(len(self.bias), x.shape[0], self.bias.shape[1], device=x.device)
        answers = []
        for column in x.T:
            logits, h = self.step(column, h)
            answers.append(logits)
        return torch.stack(answers, 1)


def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    answers = model.to(device)(encode(text, char_to_index).to(device)[None])
    return "".join(chars[answers[0, t].argmax().item()] for t in range(len(text)))


def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device)
    h = torch.zeros(len(model.bias), 1, model.bias.shape[1], device=device)
    states = []
    result = []
    waiting = [char_to_index[char] for char in prefix]
    while len(result) < n:
        logits, h = model.step(torch.tensor([waiting.pop(0)], device=device), h)
        states.append(h)
        if not waiting:
            waiting.append(logits.argmax().item())
            result.append(chars[waiting[0]])
    return "".join([prefix, *result])
