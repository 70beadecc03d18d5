"""question: output_size
mistake: Only the size is divided by the stride; padding and filter are added afterwards.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return size // stride + 2 * pad - filter_size + 1
