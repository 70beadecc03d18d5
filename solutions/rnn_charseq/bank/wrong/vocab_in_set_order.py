"""question: vocab
mistake: The characters come in the order of a set, which is another one in every run of Python.
"""


def build_vocab(text):
    chars = list(set(text))
    return chars, {char: index for index, char in enumerate(chars)}
