"""question: windows
mistake: The target is the window itself: the network would learn to copy.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i : i + length]) for i in range(len(text) - length)]
