"""question: step
mistake: Only the first sequence of the batch counts: its state is given to all.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh(x @ w_ih.T + b_ih + h[:1] @ w_hh.T + b_hh)
