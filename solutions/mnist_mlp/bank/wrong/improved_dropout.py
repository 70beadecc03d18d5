"""question: improved
mistake: A dropout layer was added: in training mode half of the hidden values are missing at random.
"""

from torch import nn


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_size, hidden_size),
            nn.BatchNorm1d(hidden_size),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden_size, output_size),
        )

    def forward(self, x):
        return self.layers(x)
