"""question: output_size
mistake: The size is a float such as 3.0, which cannot be used in a shape.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return float(room // stride + 1)
