"""question: windows
mistake: The first window is missing: the starts count from 0.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(1, len(text) - length)]
