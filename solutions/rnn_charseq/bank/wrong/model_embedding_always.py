"""question: model
mistake: Without embedding_size there is an embedding all the same, and no one-hot.
"""

from torch import nn


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers=1, embedding_size=None):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, embedding_size or vocab_size)
        self.rnn = nn.RNN(embedding_size or vocab_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def advance(self, x, hidden=None):
        letters = self.embedding(x)
        outputs, hidden = self.rnn(letters, hidden)
        return self.fc(outputs), hidden

    def forward(self, x):
        return self.advance(x)[0]
