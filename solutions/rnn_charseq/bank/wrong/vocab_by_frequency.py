"""question: vocab
mistake: The characters are ordered by how often they occur and not sorted.
"""

from collections import Counter


def build_vocab(text):
    chars = [char for char, _ in Counter(text).most_common()]
    return chars, {char: index for index, char in enumerate(chars)}
