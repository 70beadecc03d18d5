"""question: model
mistake: Both layers use the same weights.
"""

from torch import nn
from torch.nn import functional as F


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = None if embedding_size is None else nn.Embedding(vocab_size, embedding_size)
        self.rnn = nn.RNN(hidden_size, hidden_size, batch_first=True)
        self.first = nn.Linear(embedding_size or vocab_size, hidden_size)
        self.layers = num_layers
        self.fc = nn.Linear(hidden_size, vocab_size)

    def advance(self, x, hidden=None):
        letters = F.one_hot(x, self.vocab_size).float() if self.embedding is None else self.embedding(x)
        outputs, kept = self.first(letters), []
        for layer in range(self.layers):
            outputs, last = self.rnn(outputs, None if hidden is None else hidden[layer])
            kept.append(last)
        hidden = kept
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
