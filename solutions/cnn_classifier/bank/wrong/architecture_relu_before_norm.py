"""question: architecture
mistake: The ReLU comes before batch normalisation, which then moves the values below 0 again.
"""

from torch import nn


class CNNClassifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 10, 5),
            nn.ReLU(),
            nn.BatchNorm2d(10),
            nn.MaxPool2d(2),
            nn.Conv2d(10, 20, 5),
            nn.ReLU(),
            nn.BatchNorm2d(20),
            nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(
            nn.Linear(320, 50),
            nn.BatchNorm1d(50),
            nn.ReLU(),
            nn.Linear(50, num_classes),
        )

    def forward(self, images):
        return self.head(self.features(images).flatten(1))
