"""Layers that loop over output positions, as one writes them first; im2col gathers with np.ix_ and np.take."""

import numpy as np


def output_size(size, filter_size, stride=1, pad=0):
    n, at = 0, -pad
    while at + filter_size <= size + pad:
        n, at = n + 1, at + stride
    if not n:
        raise ValueError("no position")
    return n


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = images.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), images.dtype)
    padded[:, :, pad : H + pad, pad : W + pad] = images
    rows = np.arange(output_size(H, filter_h, stride, pad)) * stride
    columns = np.arange(output_size(W, filter_w, stride, pad)) * stride
    parts = [
        [padded[np.ix_(range(N), range(C), rows + y, columns + x)] for x in range(filter_w)] for y in range(filter_h)
    ]
    return np.array(parts).transpose(2, 4, 5, 3, 0, 1).reshape(N * len(rows) * len(columns), C * filter_h * filter_w)


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = image_shape
    images = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    rows = iter(col)
    for n in range(N):
        for i in range(0, H + 2 * pad - filter_h + 1, stride):
            for j in range(0, W + 2 * pad - filter_w + 1, stride):
                images[n, :, i : i + filter_h, j : j + filter_w] += next(rows).reshape(C, filter_h, filter_w)
    return images[:, :, pad : pad + H, pad : pad + W]


class Layer:
    def places(self, shape):
        for i in range(output_size(shape[2], self.size[0], self.down, self.pad)):
            for j in range(output_size(shape[3], self.size[1], self.across, self.pad)):
                top, left = i * self.down, j * self.across
                yield i, j, slice(top, top + self.size[0]), slice(left, left + self.size[1])

    def crop(self, padded):
        return padded[:, :, self.pad :, self.pad :][:, :, : self.x.shape[2], : self.x.shape[3]]

    def grow(self, x, value):
        edge = (self.pad, self.pad)
        return np.pad(x, ((0, 0), (0, 0), edge, edge), constant_values=value)


class Convolution(Layer):
    def __init__(self, W, b, stride=1, pad=0):
        self.weights, self.bias, self.size = W, b, W.shape[2:]
        self.down = self.across = stride
        self.pad = pad

    def forward(self, x):
        self.x = x
        padded = self.grow(x, 0)
        out = {}
        for i, j, rows, columns in self.places(x.shape):
            out[i, j] = np.tensordot(padded[:, :, rows, columns], self.weights, ([1, 2, 3], [1, 2, 3])) + self.bias
        height, width = max(out)
        return np.stack([np.stack([out[i, j] for j in range(width + 1)], -1) for i in range(height + 1)], 2)

    def backward(self, dout):
        padded = self.grow(self.x, 0)
        dpadded, self.dW = np.zeros(padded.shape), np.zeros(self.weights.shape)
        self.db = np.array([dout[:, f].sum() for f in range(len(self.weights))])
        for i, j, rows, columns in self.places(self.x.shape):
            d = dout[:, :, i, j]
            self.dW += np.tensordot(d, padded[:, :, rows, columns], ([0], [0]))
            dpadded[:, :, rows, columns] += np.tensordot(d, self.weights, ([1], [0]))
        return self.crop(dpadded)


class MaxPooling(Layer):
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.size, self.pad = (pool_h, pool_w), pad
        self.down, self.across = (pool_h, pool_w) if stride is None else (stride, stride)

    def forward(self, x):
        self.x, self.padded = x, self.grow(x, -np.inf)
        shape = (*x.shape[:2], *(max(place[k] for place in self.places(x.shape)) + 1 for k in (0, 1)))
        out = np.empty(shape, x.dtype)
        for i, j, rows, columns in self.places(x.shape):
            out[:, :, i, j] = self.padded[:, :, rows, columns].max(axis=(2, 3))
        return out

    def backward(self, dout):
        dpadded = np.zeros_like(self.padded)
        for i, j, rows, columns in self.places(self.x.shape):
            window = self.padded[:, :, rows, columns]
            won = window == window.max(axis=(2, 3), keepdims=True)
            dpadded[:, :, rows, columns] += won * dout[:, :, i, j][:, :, None, None]
        return self.crop(dpadded)
