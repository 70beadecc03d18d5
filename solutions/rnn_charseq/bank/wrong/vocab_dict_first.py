"""question: vocab
mistake: The dict comes first and the list second; it should be the other way round.
"""


def build_vocab(text):
    chars = sorted(set(text))
    return {char: index for index, char in enumerate(chars)}, chars
