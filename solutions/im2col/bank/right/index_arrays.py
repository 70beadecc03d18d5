"""Index arrays (k, i, j) computed once, fancy indexing to gather, np.add.at to scatter; pooling channel by channel."""

import math

import numpy as np


def output_size(size, filter_size, stride=1, pad=0):
    if size + 2 * pad < filter_size:
        raise ValueError("the filter is larger than the image")
    return math.floor((size + 2 * pad - filter_size) / stride) + 1


def im2col_indices(shape, field_height, field_width, strides, padding):
    _, C, H, W = shape
    out_height = output_size(H, field_height, strides[0], padding)
    out_width = output_size(W, field_width, strides[1], padding)
    i0 = np.tile(np.repeat(np.arange(field_height), field_width), C)
    i1 = strides[0] * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field_width), field_height * C)
    j1 = strides[1] * np.tile(np.arange(out_width), out_height)
    k = np.repeat(np.arange(C), field_height * field_width).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1.reshape(1, -1), j0.reshape(-1, 1) + j1.reshape(1, -1)


def gather(images, h, w, strides, pad, value):
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant", constant_values=value)
    k, i, j = im2col_indices(images.shape, h, w, strides, pad)
    cols = padded[:, k, i, j]
    return cols.transpose(0, 2, 1).reshape(-1, cols.shape[1])


def scatter(col, shape, h, w, strides, pad):
    N, C, H, W = shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=col.dtype)
    k, i, j = im2col_indices(shape, h, w, strides, pad)
    np.add.at(padded, (slice(None), k, i, j), col.reshape(N, -1, C * h * w).transpose(0, 2, 1))
    return padded if pad == 0 else padded[:, :, pad:-pad, pad:-pad]


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    return gather(images, filter_h, filter_w, (stride, stride), pad, 0)


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    return scatter(col, image_shape, filter_h, filter_w, (stride, stride), pad)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.params = {"W": W, "b": b}
        self.stride, self.pad = stride, pad

    def forward(self, x):
        W, b = self.params["W"], self.params["b"]
        n, _, h, w = x.shape
        h_out = output_size(h, W.shape[2], self.stride, self.pad)
        w_out = output_size(w, W.shape[3], self.stride, self.pad)
        cols = im2col(x, W.shape[2], W.shape[3], stride=self.stride, pad=self.pad)
        self.cache = x, cols
        out = W.reshape(len(W), -1) @ cols.T + b.reshape(-1, 1)
        return np.ascontiguousarray(out.reshape(len(W), n, h_out, w_out).swapaxes(0, 1))

    def backward(self, dout):
        x, cols = self.cache
        W = self.params["W"]
        flat = dout.swapaxes(0, 1).reshape(len(W), -1)
        self.db, self.dW = flat.sum(axis=1), (flat @ cols).reshape(W.shape)
        return col2im((W.reshape(len(W), -1).T @ flat).T, x.shape, W.shape[2], W.shape[3], self.stride, self.pad)


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.size, self.pad = (pool_h, pool_w), pad
        self.strides = (stride or pool_h, stride or pool_w)

    def forward(self, x):
        n, c, h, w = self.shape = x.shape
        cols = gather(x.reshape(n * c, 1, h, w), *self.size, self.strides, self.pad, float("-inf"))
        self.arg, self.cols_shape = np.argmax(cols, axis=1), cols.shape
        h_out = output_size(h, self.size[0], self.strides[0], self.pad)
        return cols[np.arange(len(cols)), self.arg].reshape(n, c, h_out, -1)

    def backward(self, dout):
        n, c, h, w = self.shape
        dcols = np.zeros(self.cols_shape)
        dcols[np.arange(len(dcols)), self.arg] = dout.ravel()
        return scatter(dcols, (n * c, 1, h, w), *self.size, self.strides, self.pad).reshape(self.shape)
