"""question: vocab
mistake: Spaces are left out of the vocabulary.
"""


def build_vocab(text):
    chars = sorted(set("".join(text.split())))
    return chars, {char: index for index, char in enumerate(chars)}
