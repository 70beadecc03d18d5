"""question: windows
mistake: The target ends where the window ends, so it is one character shorter than the window.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + 1 : i + length]) for i in range(len(text) - length)]
