"""question: model
mistake: embedding_size is not used: the input is always one-hot.
"""

from torch import nn
from torch.nn import functional as F


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.rnn = nn.RNN(vocab_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def advance(self, x, hidden=None):
        letters = F.one_hot(x, self.vocab_size).float()
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
