"""question: lstm_step
mistake: The cell that was passed in is changed in place.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    with torch.no_grad():
        c.mul_(torch.sigmoid(f)).add_(torch.sigmoid(i) * torch.tanh(g))
    return torch.sigmoid(o) * torch.tanh(c), c
