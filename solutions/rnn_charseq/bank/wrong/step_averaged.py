"""question: step
mistake: The two halves are averaged and not added.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh((x @ w_ih.T + b_ih + h @ w_hh.T + b_hh) / 2)
