"""question: backward
mistake: col2im takes the columns in another order than im2col: filter positions before channels.
"""

import numpy as np


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = image_shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    patches = col.reshape(N, OH, OW, filter_h, filter_w, C).transpose(0, 5, 3, 4, 1, 2)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=col.dtype)
    for y in range(filter_h):
        for x in range(filter_w):
            padded[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride] += patches[:, :, y, x]
    return padded[:, :, pad : pad + H, pad : pad + W]
