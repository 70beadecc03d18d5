"""question: step
mistake: Input and hidden state have a tanh each, and no tanh goes around their sum.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh(x @ w_ih.T + b_ih) + torch.tanh(h @ w_hh.T + b_hh)
