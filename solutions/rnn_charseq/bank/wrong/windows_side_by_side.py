"""question: windows
mistake: The windows lie side by side; they should overlap, one for every character.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(0, len(text) - length, length)]
