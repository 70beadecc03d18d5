"""question: windows
mistake: The result is a list of windows and a list of targets and not a list of pairs.
"""


def make_windows(text, length):
    starts = range(len(text) - length)
    return [text[i : i + length] for i in starts], [text[i + 1 : i + length + 1] for i in starts]
