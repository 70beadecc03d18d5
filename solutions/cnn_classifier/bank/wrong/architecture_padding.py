"""question: architecture
mistake: The convolutions pad by 2, so the maps are 28 and 14 pixels wide and not 24 and 8.
"""

from torch import nn


class CNNClassifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 10, 5, padding=2),
            nn.BatchNorm2d(10),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(10, 20, 5, padding=2),
            nn.BatchNorm2d(20),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Linear(980, 50),
            nn.BatchNorm1d(50),
            nn.ReLU(),
            nn.Linear(50, num_classes),
        )

    def forward(self, images):
        return self.head(self.features(images).flatten(1))
