"""question: output_size
mistake: A filter that does not fit gives a number instead of a ValueError.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    return room // stride + 1
