"""sliding_window_view for everything, einsum in place of the matrix product, np.add.at for what is added back."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def output_size(size, filter_size, stride=1, pad=0):
    positions = len(range(0, size + 2 * pad - filter_size + 1, stride))
    if positions == 0:
        raise ValueError(f"no room for a filter of {filter_size}")
    return positions


def windows(x, h, w, down, across, pad, fill=0):
    edges = ((0, 0), (0, 0), (pad, pad), (pad, pad))
    return sliding_window_view(np.pad(x, edges, constant_values=fill), (h, w), axis=(2, 3))[:, :, ::down, ::across]


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    patches = windows(images, filter_h, filter_w, stride, stride, pad)
    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(-1, images.shape[1] * filter_h * filter_w)


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = image_shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), col.dtype)
    target = sliding_window_view(padded, (filter_h, filter_w), axis=(2, 3), writeable=True)[:, :, ::stride, ::stride]
    patches = col.reshape(N, *target.shape[2:4], C, filter_h, filter_w).transpose(0, 3, 1, 2, 4, 5)
    for place in np.ndindex(filter_h, filter_w):
        target[(..., *place)] += patches[(..., *place)]
    return padded[:, :, pad : pad + H, pad : pad + W].copy()


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.settings = W, b, (stride, pad)

    def forward(self, x):
        stride, pad = self.settings
        self.size = x.shape
        self.patches = windows(x, *self.W.shape[2:], stride, stride, pad)
        return np.einsum("ncijyx,fcyx->nfij", self.patches, self.W) + self.b[None, :, None, None]

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        stride, pad = self.settings
        self.dW = np.einsum("nfij,ncijyx->fcyx", dout, self.patches)
        self.db = np.einsum("nfij->f", dout)
        dcol = np.einsum("nfij,fcyx->nijcyx", dout, self.W).reshape(-1, C * FH * FW)
        return col2im(dcol, self.size, FH, FW, stride, pad)


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.window = pool_h, pool_w
        self.steps = self.window if stride is None else (stride, stride)
        self.pad = pad

    def forward(self, x):
        found = windows(x, *self.window, *self.steps, self.pad, -np.inf)
        flat = found.reshape(*found.shape[:4], -1)
        self.best = flat.argmax(axis=-1)
        self.size = x.shape
        return np.take_along_axis(flat, self.best[..., None], axis=-1)[..., 0]

    def backward(self, dout):
        N, C, H, W = self.size
        padded = np.zeros((N, C, H + 2 * self.pad, W + 2 * self.pad), dout.dtype)
        n, c, i, j = np.indices(dout.shape, sparse=True)
        y, x = np.divmod(self.best, self.window[1])
        np.add.at(padded, (n, c, i * self.steps[0] + y, j * self.steps[1] + x), dout)
        return padded[:, :, self.pad : self.pad + H, self.pad : self.pad + W]
