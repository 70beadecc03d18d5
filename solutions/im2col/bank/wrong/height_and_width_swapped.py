"""question: im2col
mistake: The height of the image is taken for its width and the other way round.
"""

import numpy as np


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    N, C, W, H = images.shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    col = np.empty((N, C, filter_h, filter_w, OH, OW), dtype=images.dtype)
    for y in range(filter_h):
        for x in range(filter_w):
            col[:, :, y, x] = padded[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, C * filter_h * filter_w)
