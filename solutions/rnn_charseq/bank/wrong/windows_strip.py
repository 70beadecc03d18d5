"""question: windows
mistake: The text is stripped of blanks at both ends first.
"""


def make_windows(text, length):
    text = text.strip()
    return [(text[i : i + length], text[i + 1 : i + length + 1]) for i in range(len(text) - length)]
