"""question: vocab
mistake: The result has a batch axis, (1, T), where (T,) is asked for.
"""

import torch


def encode(text, char_to_index):
    return torch.tensor([[char_to_index[char] for char in text]])
