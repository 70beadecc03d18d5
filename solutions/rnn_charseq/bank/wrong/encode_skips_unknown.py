"""question: vocab
mistake: Characters that are not in the vocabulary are skipped instead of refused.
"""

import torch


def encode(text, char_to_index):
    return torch.tensor([char_to_index[char] for char in text if char in char_to_index], dtype=torch.long)
