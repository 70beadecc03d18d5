"""question: lstm_step
mistake: The returned cell has been through tanh: it loses its memory with every step.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    c = torch.tanh(c)
    return torch.sigmoid(o) * c, c
