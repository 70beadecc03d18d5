"""question: model
mistake: Never more than two layers.
"""

from torch import nn


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        kinds = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
        self.recurrent = kinds[cell](input_size, hidden_size, min(num_layers, 2), batch_first=True)
        self.head = nn.Linear(hidden_size, 1)

    def forward(self, x):
        outputs, state = self.recurrent(x)
        return self.head(outputs[:, -1])
