"""question: vocab
mistake: The sorted list has a character as often as the text has it and not once.
"""


def build_vocab(text):
    chars = sorted(text)
    return chars, {char: index for index, char in enumerate(chars)}
