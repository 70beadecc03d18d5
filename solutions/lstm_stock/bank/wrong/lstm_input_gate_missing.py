"""question: lstm_step
mistake: The input gate is not used: the candidate goes in whole.
"""

import torch


def lstm_step(x, h, c, w, b):
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
