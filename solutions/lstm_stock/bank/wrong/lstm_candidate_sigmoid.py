"""question: lstm_step
mistake: The candidate goes through a sigmoid like the gates, so the cell can only grow.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.sigmoid(g)
    return torch.sigmoid(o) * torch.tanh(c), c
