"""question: im2col
mistake: A Python loop visits every output pixel, which takes far too long on a large image.
"""

import numpy as np


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = images.shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    col = np.empty((N, OH, OW, C * filter_h * filter_w), dtype=images.dtype)
    for i in range(OH):
        for j in range(OW):
            y, x = i * stride, j * stride
            col[:, i, j] = padded[:, :, y : y + filter_h, x : x + filter_w].reshape(N, -1)
    return col.reshape(N * OH * OW, -1)
