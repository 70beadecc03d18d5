"""question: output_size
mistake: The first position is not counted: the + 1 is missing.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride
