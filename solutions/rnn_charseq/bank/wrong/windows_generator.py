"""question: windows
mistake: The pairs come from a generator and not in a list.
"""


def make_windows(text, length):
    for i in range(len(text) - length):
        yield text[i : i + length], text[i + 1 : i + length + 1]
