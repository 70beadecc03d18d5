"""question: vocab
mistake: The numbers in the dict count from 1 and not from 0.
"""


def build_vocab(text):
    chars = sorted(set(text))
    return chars, {char: index for index, char in enumerate(chars, 1)}
