"""question: gru_step
mistake: The first two blocks are taken in the order z, r: reset and update gate are exchanged.
"""

import torch


def gru_step(x, h, w, b):
    size = h.shape[1]
    z, r = torch.sigmoid(torch.cat([x, h], dim=1) @ w[: 2 * size].T + b[: 2 * size]).chunk(2, dim=1)
    n = torch.tanh(torch.cat([x, r * h], dim=1) @ w[2 * size :].T + b[2 * size :])
    return (1 - z) * n + z * h
