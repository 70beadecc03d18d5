"""question: gru_step
mistake: The candidate sees h and not r·h: the reset gate is not used.
"""

import torch


def gru_step(x, h, w, b):
    size = h.shape[1]
    r, z = torch.sigmoid(torch.cat([x, h], dim=1) @ w[: 2 * size].T + b[: 2 * size]).chunk(2, dim=1)
    n = torch.tanh(torch.cat([x, h], dim=1) @ w[2 * size :].T + b[2 * size :])
    return (1 - z) * n + z * h
