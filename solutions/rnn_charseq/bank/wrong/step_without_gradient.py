"""question: step
mistake: The step runs under torch.no_grad(), so no gradient flows through it.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    with torch.no_grad():
        return torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
