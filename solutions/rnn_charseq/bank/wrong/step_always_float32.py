"""question: step
mistake: Everything is turned to float32, and float64 inputs lose half of their digits.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    x, h, w_ih, b_ih, w_hh, b_hh = (value.float() for value in (x, h, w_ih, b_ih, w_hh, b_hh))
    return torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
