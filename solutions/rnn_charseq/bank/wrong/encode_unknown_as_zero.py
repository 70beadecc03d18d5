"""question: vocab
mistake: Characters that are not in the vocabulary get the number 0 instead of being refused.
"""

import torch


def encode(text, char_to_index):
    return torch.tensor([char_to_index.get(char, 0) for char in text])
