"""question: windows
mistake: A text that is too short for a window is returned as one, though no character is left for its target.
"""


def make_windows(text, length):
    pairs = [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(len(text) - length)]
    return pairs or [(text[:-1], text[1:])]
