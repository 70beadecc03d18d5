"""question: vocab
mistake: The place of the character in the dict is taken, not the number the dict gives it.
"""

import torch


def encode(text, char_to_index):
    places = list(char_to_index)
    return torch.tensor([places.index(c) for c in text], dtype=torch.long)
