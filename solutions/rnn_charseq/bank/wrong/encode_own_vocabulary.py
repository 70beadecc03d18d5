"""question: vocab
mistake: The numbers come from a vocabulary made of the text itself and not from char_to_index.
"""

import torch


def encode(text, char_to_index):
    return torch.tensor([sorted(set(char_to_index) & set(text)).index(char) if char in char_to_index else char_to_index[char] for char in text])
