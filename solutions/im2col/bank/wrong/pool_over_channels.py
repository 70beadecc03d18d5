"""question: pooling
mistake: The largest value is taken over all channels together.
"""

import numpy as np


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.pool_h, self.pool_w, self.stride, self.pad = pool_h, pool_w, stride, pad

    def forward(self, x):
        _, _, H, W = x.shape
        pad, down, across = self.pad, self.stride or self.pool_h, self.stride or self.pool_w
        OH = output_size(H, self.pool_h, down, pad)
        OW = output_size(W, self.pool_w, across, pad)
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
        self.slices = [
            (..., slice(i, i + down * OH, down), slice(j, j + across * OW, across))
            for i in range(self.pool_h)
            for j in range(self.pool_w)
        ]
        values = np.stack([padded[place] for place in self.slices])
        self.winner = values.argmax(axis=0)
        self.x_shape = x.shape
        return np.broadcast_to(values.max(axis=(0, 2), keepdims=True)[0], values.shape[1:])

    def backward(self, dout):
        N, C, H, W = self.x_shape
        pad = self.pad
        padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
        for k, place in enumerate(self.slices):
            padded[place] += np.where(self.winner == k, dout, 0)
        return padded[:, :, pad : pad + H, pad : pad + W]
