"""question: output_size
mistake: int() cuts towards zero, so with a stride above 1 a filter that is a little too large still gets one
    position.
"""


def output_size(size, filter_size, stride=1, pad=0):
    room = size + 2 * pad - filter_size
    positions = int(room / stride) + 1
    if positions < 1:
        raise ValueError("the filter does not fit")
    return positions
