"""question: improved
mistake: The ReLU comes before the batch norm: Linear, BatchNorm1d, ReLU is the order.
"""

from torch import nn


class ImprovedNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_size, hidden_size),
            nn.ReLU(),
            nn.BatchNorm1d(hidden_size),
            nn.Linear(hidden_size, output_size),
        )

    def forward(self, x):
        return self.layers(x)
