"""question: lstm_step
mistake: The blocks are taken in the order f, i, g, o: input and forget gate are exchanged.
"""

import torch


def lstm_step(x, h, c, w, b):
    f, i, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
