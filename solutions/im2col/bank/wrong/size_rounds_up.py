"""question: output_size
mistake: The size is rounded up: a last step that hangs over the edge is counted as a position.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return -(-room // stride) + 1
