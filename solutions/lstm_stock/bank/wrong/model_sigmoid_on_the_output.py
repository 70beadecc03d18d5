"""question: model
mistake: A sigmoid follows the last layer: prices above the training prices can never be predicted.
"""

from torch import nn


class StockRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, cell="lstm"):
        super().__init__()
        kinds = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
        self.recurrent = kinds[cell](input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, 1)

    def forward(self, x):
        outputs, _ = self.recurrent(x)
        return self.head(outputs[:, -1]).sigmoid()
