"""question: improved
mistake: The batch norm sits after the last layer and not after the hidden one.
"""

from torch import nn


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_size, hidden_size),
            nn.ReLU(),
            nn.Linear(hidden_size, output_size),
            nn.BatchNorm1d(output_size),
        )

    def forward(self, x):
        return self.layers(x)
