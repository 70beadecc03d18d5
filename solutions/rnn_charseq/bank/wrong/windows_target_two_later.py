"""question: windows
mistake: The target starts two characters later and not one.
"""


def make_windows(text, length):
    padded = text + text[-1:]
    return [(text[i : i + length], padded[i + 2 : i + length + 2]) for i in range(len(text) - length)]
