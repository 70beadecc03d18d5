"""question: windows
mistake: The windows have length + 1 characters.
"""


def make_windows(text, length):
    return [(text[i : i + length + 1], text[i + 1 : i + length + 2]) for i in range(len(text) - length)]
