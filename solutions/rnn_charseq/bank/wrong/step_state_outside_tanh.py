"""question: step
mistake: The hidden state is added outside of the tanh and not under it.
"""

import torch


def rnn_step(x, h, w_ih, b_ih, w_hh, b_hh):
    return torch.tanh(x @ w_ih.T + b_ih) + h @ w_hh.T + b_hh
