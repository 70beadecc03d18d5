"""question: windows
mistake: A window that occurs a second time is left out.
"""


def make_windows(text, length):
    return list(dict.fromkeys((text[i : i + length], text[i + 1 : i + length + 1]) for i in range(len(text) - length)))
