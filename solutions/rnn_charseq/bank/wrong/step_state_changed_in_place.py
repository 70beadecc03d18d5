"""question: step
mistake: The caller's hidden state is overwritten.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    new = torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
    h.data.copy_(new)
    return new
