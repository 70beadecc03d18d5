"""question: model
mistake: Never more than two layers.
"""

from torch import nn
from torch.nn import functional as F


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = None if embedding_size is None else nn.Embedding(vocab_size, embedding_size)
        self.rnn = nn.RNN(embedding_size or vocab_size, hidden_size, min(num_layers, 2), batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def advance(self, x, hidden=None):
        letters = F.one_hot(x, self.vocab_size).float() if self.embedding is None else self.embedding(x)
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
