"""question: backward
mistake: col2im divides by the number of copies: the mean where patches overlap, not the sum.
"""

import numpy as np


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = image_shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    patches = col.reshape(N, OH, OW, C, filter_h, filter_w).transpose(0, 3, 4, 5, 1, 2)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=col.dtype)
    copies = np.full(padded.shape, 1e-300)
    for y in range(filter_h):
        for x in range(filter_w):
            padded[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride] += patches[:, :, y, x]
            copies[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride] += 1
    return (padded / copies)[:, :, pad : pad + H, pad : pad + W]
