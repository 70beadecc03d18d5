"""question: output_size
mistake: The padding is counted once, though it lies on both sides.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + pad - filter_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride + 1
