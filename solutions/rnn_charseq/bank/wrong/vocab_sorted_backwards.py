"""question: vocab
mistake: The characters are sorted backwards.
"""


def build_vocab(text):
    chars = sorted(set(text), reverse=True)
    return chars, {char: index for index, char in enumerate(chars)}
