"""question: windows
mistake: The target is the block of characters after the window, not the window one character later.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + length : i + 2 * length]) for i in range(len(text) - length)]
