"""question: vocab
mistake: Characters that are not in the vocabulary are added to it instead of being refused.
"""

import torch


def encode(text, char_to_index):
    for char in text:
        char_to_index.setdefault(char, len(char_to_index))
    return torch.tensor([char_to_index[char] for char in text])
