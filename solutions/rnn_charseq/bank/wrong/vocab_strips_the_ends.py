"""question: vocab
mistake: The text is stripped first, so a blank or a newline that stands only at an end gets no number.
"""


def build_vocab(text):
    chars = sorted(set(text.strip()))
    return chars, {char: index for index, char in enumerate(chars)}
