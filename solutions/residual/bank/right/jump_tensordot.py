"""The last layer is a tensordot with weights (88, 4, 4, classes); the jump by unfold with weights (88, 88·81)."""

import torch
import torch.nn.functional as F
from torch import nn


class InceptionJumpNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.W = nn.Parameter(torch.randn(88, 4, 4, num_classes) / 1408**0.5)
        self.b = nn.Parameter(torch.zeros(num_classes))
        self.j = nn.Parameter(torch.randn(88, 88 * 81) / (88 * 81) ** 0.5)
        self.jb = nn.Parameter(torch.zeros(88, 1))
        self.layers = nn.ModuleDict(
            dict(conv1=nn.Conv2d(1, 10, 5), inc1=InceptionA(10), conv2=nn.Conv2d(88, 20, 5), inc2=InceptionA(20))
        )

    def forward(self, x):
        kept = {}
        for name, layer in self.layers.items():
            x = layer(x)
            if name.startswith("conv"):
                x = F.relu(F.max_pool2d(x, 2))
            kept[name] = x
        jump = (self.j @ F.unfold(kept["inc1"], 9) + self.jb).view(-1, 88, 4, 4)
        return F.log_softmax(torch.tensordot(x + jump, self.W, dims=3) + self.b, dim=1)
