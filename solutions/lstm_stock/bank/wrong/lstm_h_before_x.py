"""question: lstm_step
mistake: The columns of w are taken for h first and then for x.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([h, x], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
