"""question: gru_step
mistake: The columns of w are taken for h first and then for x.
"""

import torch


def gru_step(x, h, w, b):
    size = h.shape[1]
    r, z = torch.sigmoid(torch.cat([h, x], dim=1) @ w[: 2 * size].T + b[: 2 * size]).chunk(2, dim=1)
    n = torch.tanh(torch.cat([r * h, x], dim=1) @ w[2 * size :].T + b[2 * size :])
    return (1 - z) * n + z * h
