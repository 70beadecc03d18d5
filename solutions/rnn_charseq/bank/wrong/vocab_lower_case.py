"""question: vocab
mistake: The text is turned to lower case first, so capital letters are missing.
"""


def build_vocab(text):
    chars = sorted(set(text.lower()))
    return chars, {char: index for index, char in enumerate(chars)}
