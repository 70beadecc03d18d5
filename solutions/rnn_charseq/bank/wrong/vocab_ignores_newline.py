"""question: vocab
mistake: White space other than the blank is thrown away.
"""


def build_vocab(text):
    chars = sorted(c for c in set(text) if c == " " or not c.isspace())
    return chars, {c: i for i, c in enumerate(chars)}
