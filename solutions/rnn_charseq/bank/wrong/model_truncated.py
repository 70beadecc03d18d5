"""question: model
mistake: The gradient goes back ten characters only.
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
        if letters.shape[1] > 10:
            found = []
            for part in letters.split(10, dim=1):
                result, hidden = self.rnn(part, hidden)
                hidden = hidden.detach()
                found.append(result)
            return self.fc(torch.cat(found, dim=1)), hidden
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
