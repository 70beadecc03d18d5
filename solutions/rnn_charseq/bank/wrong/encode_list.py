"""question: vocab
mistake: The result is a list and no tensor.
"""


def encode(text, char_to_index):
    return [char_to_index[char] for char in text]
