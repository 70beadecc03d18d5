"""question: lstm_step
mistake: The bias b is not added.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
