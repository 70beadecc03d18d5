"""question: step
mistake: There is a sigmoid where the tanh should be.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.sigmoid(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
