"""question: windows
mistake: The target is the window one character earlier and not later.
"""


def make_windows(text, length):
    windows = [text[i : i + length] for i in range(len(text) - length + 1)]
    return list(zip(windows[1:], windows))
