"""question: lstm_step
mistake: The gates go through tanh and not through a sigmoid, so they can be negative.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.tanh(f) * c + torch.tanh(i) * torch.tanh(g)
    return torch.tanh(o) * torch.tanh(c), c
