"""nn.RNN with its zero start kept as a buffer, so that .to(device) moves it; inference_mode in generate."""

import torch
from torch import nn
from torch.nn import functional as F


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, embedding_size) if embedding_size else None
        self.rnn = nn.RNN(embedding_size or vocab_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)
        self.register_buffer("h0", torch.zeros(num_layers, 1, hidden_size))

    def advance(self, x, hidden=None):
        letters = F.one_hot(x, self.vocab_size).float() if self.embedding is None else self.embedding(x)
        if hidden is None:
            hidden = self.h0.repeat(1, x.shape[0], 1)
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]


@torch.inference_mode()
def decode_prediction(model, text, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    best = model(encode(text, char_to_index)[None].to(device)).argmax(-1)[0]
    return "".join(chars[i] for i in best.tolist())


@torch.inference_mode()
def generate(model, prefix, n, chars, char_to_index, device="cpu"):
    model.to(device).eval()
    logits, hidden = model.advance(encode(prefix, char_to_index)[None].to(device))
    for i in range(n):
        best = logits[0, -1].argmax()
        prefix += chars[best]
        if i + 1 < n:
            logits, hidden = model.advance(best[None, None], hidden)
    return prefix


def train(model, inputs, targets, *, epochs, lr=0.1, seed=0, device="cpu"):
    model = model.to(device)
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(seed))
    inputs, targets = inputs.index_select(0, order).to(device), targets.index_select(0, order).to(device)
    optimizer = torch.optim.Adam(list(model.parameters()), lr)
    history = [0.0] * epochs
    for epoch in range(epochs):
        with torch.set_grad_enabled(True):
            loss = nn.NLLLoss()(F.log_softmax(model(inputs), -1).reshape(targets.numel(), -1), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history[epoch] = loss.tolist()
    return tuple(history)
