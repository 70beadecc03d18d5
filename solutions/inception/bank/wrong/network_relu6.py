"""question: network
mistake: ReLU6 in place of ReLU: what is above 6 is cut off.
"""

import torch
from torch import nn
from torch.nn import functional as F


class InceptionNet(nn.Module):
    """The lecture's network: images `(N, 1, 28, 28)` -> log-probabilities `(N, num_classes)`.

    Conv(1, 10, 5), max pooling 2×2, ReLU, InceptionA(10), Conv(88, 20, 5), max pooling 2×2, ReLU, InceptionA(20),
    flatten, Linear(1408, num_classes), log-softmax over the classes.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.incept1 = InceptionA(10)
        self.conv2 = nn.Conv2d(88, 20, 5)
        self.incept2 = InceptionA(20)
        self.fc = nn.Linear(1408, num_classes)
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities `(N, num_classes)` of images `(N, 1, 28, 28)`."""
        ### BEGIN SOLUTION
        x = self.incept1(F.relu6(F.max_pool2d(self.conv1(images), 2)))
        x = self.incept2(F.relu6(F.max_pool2d(self.conv2(x), 2)))
        return F.log_softmax(self.fc(x.flatten(1)), dim=1)
