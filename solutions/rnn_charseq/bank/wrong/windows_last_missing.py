"""question: windows
mistake: The last window is missing.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(len(text) - length - 1)]
