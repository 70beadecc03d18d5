"""question: windows
mistake: There is one window too many: the last target has only length - 1 characters.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(len(text) - length + 1)]
