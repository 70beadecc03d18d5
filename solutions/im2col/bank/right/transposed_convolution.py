"""dx as a convolution of its own: dout spread by the stride, filters turned by 180°; pooling built on im2col and col2im."""

import numpy as np


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    down, across = (stride, stride) if isinstance(stride, int) else stride
    N, C, H, W = images.shape
    OH, OW = output_size(H, filter_h, down, pad), output_size(W, filter_w, across, pad)
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    col = np.empty((N, OH, OW, C, filter_h, filter_w), images.dtype)
    for i in range(OH):  # row by row of the output: no loop over single pixels
        for y in range(filter_h):
            for x in range(filter_w):
                col[:, i, :, :, y, x] = padded[:, :, i * down + y, x : x + across * OW : across].transpose(0, 2, 1)
    return col.reshape(N * OH * OW, -1)


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    down, across = (stride, stride) if isinstance(stride, int) else stride
    N, C, H, W = image_shape
    OH, OW = output_size(H, filter_h, down, pad), output_size(W, filter_w, across, pad)
    col = col.reshape(N, OH, OW, C, filter_h, filter_w)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), col.dtype)
    for i in range(OH):
        for j in range(OW):
            padded[:, :, i * down : i * down + filter_h, j * across : j * across + filter_w] += col[:, i, j]
    return padded[:, :, pad : pad + H, pad : pad + W]


def correlate(x, W, stride=1, pad=0):
    FN, _, FH, FW = W.shape
    OH, OW = output_size(x.shape[2], FH, stride, pad), output_size(x.shape[3], FW, stride, pad)
    out = im2col(x, FH, FW, stride, pad) @ W.reshape(FN, -1).T
    return out.reshape(len(x), OH, OW, FN).transpose(0, 3, 1, 2)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad
        self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return correlate(x, self.W, self.stride, self.pad) + self.b[:, np.newaxis, np.newaxis]

    def backward(self, dout):
        s, p = self.stride, self.pad
        FN, C, FH, FW = self.W.shape
        N, _, H, W = self.x.shape
        self.db = dout.sum(axis=(0, 2, 3))
        # the upstream gradient with s - 1 zeros between its numbers, and zeros behind where the stride did not fit
        spread = np.zeros((N, FN, H + 2 * p - FH + 1, W + 2 * p - FW + 1), dout.dtype)
        spread[:, :, ::s, ::s] = dout
        padded = np.pad(self.x, ((0, 0), (0, 0), (p, p), (p, p)))
        self.dW = correlate(padded.swapaxes(0, 1), spread.swapaxes(0, 1)).swapaxes(0, 1)
        around = np.pad(spread, ((0, 0), (0, 0), (FH - 1, FH - 1), (FW - 1, FW - 1)))
        full = correlate(around, self.W[:, :, ::-1, ::-1].swapaxes(0, 1))
        return full[:, :, p : p + H, p : p + W]


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.pool_h, self.pool_w, self.pad = pool_h, pool_w, pad
        self.stride = stride if stride is not None else (pool_h, pool_w)

    def forward(self, x):
        N, C, H, W = x.shape
        p = self.pad
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=-np.inf)
        self.padded_shape = padded.shape
        col = im2col(padded, self.pool_h, self.pool_w, self.stride, 0).reshape(-1, self.pool_h * self.pool_w)
        self.arg_max = np.argmax(col, axis=1)
        down, across = (self.stride, self.stride) if isinstance(self.stride, int) else self.stride
        OH = (H + 2 * p - self.pool_h) // down + 1
        OW = (W + 2 * p - self.pool_w) // across + 1
        return np.max(col, axis=1).reshape(N, OH, OW, C).transpose(0, 3, 1, 2)

    def backward(self, dout):
        N, OH, OW, C = (dout := dout.transpose(0, 2, 3, 1)).shape
        dmax = np.zeros((dout.size, self.pool_h * self.pool_w))
        dmax[np.arange(dout.size), self.arg_max] = dout.flatten()
        dcol = dmax.reshape(N * OH * OW, -1)
        padded = col2im(dcol, self.padded_shape, self.pool_h, self.pool_w, self.stride, 0)
        return padded[:, :, self.pad : self.padded_shape[2] - self.pad, self.pad : self.padded_shape[3] - self.pad]
