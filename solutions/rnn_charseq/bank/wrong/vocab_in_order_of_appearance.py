"""question: vocab
mistake: The characters come in the order in which the text has them and are not sorted.
"""


def build_vocab(text):
    chars = list(dict.fromkeys(text))
    return chars, {char: index for index, char in enumerate(chars)}
