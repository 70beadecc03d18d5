"""question: windows
mistake: The target is only the one character after the window, not the window one character later.
"""


def make_windows(text, length):
    return [(text[i : i + length], text[i + length]) for i in range(len(text) - length)]
