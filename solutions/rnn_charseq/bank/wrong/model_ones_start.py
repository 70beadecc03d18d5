"""question: model
mistake: Every call starts from a hidden state of ones and not from 0.
"""

import torch
from torch import nn
from torch.nn import functional as F


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = None if embedding_size is None else nn.Embedding(vocab_size, embedding_size)
        self.rnn = nn.RNN(embedding_size or vocab_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def advance(self, x, hidden=None):
        letters = F.one_hot(x, self.vocab_size).float() if self.embedding is None else self.embedding(x)
        if hidden is None:
            hidden = torch.ones(self.rnn.num_layers, len(x), self.rnn.hidden_size)
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
