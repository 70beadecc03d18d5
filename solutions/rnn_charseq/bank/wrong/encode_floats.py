"""question: vocab
mistake: The numbers are floats; an index must be an int64.
"""

import torch


def encode(text, char_to_index):
    return torch.Tensor([char_to_index[char] for char in text])
