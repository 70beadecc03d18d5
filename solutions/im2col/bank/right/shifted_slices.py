"""No matrix in the layers: one shifted slice of the image per filter number, backward mirrors it; im2col stacks columns."""

import numpy as np


def output_size(size, filter_size, stride=1, pad=0):
    padded = size + pad + pad
    if padded < filter_size:
        raise ValueError(f"{filter_size} > {padded}")
    return (padded - filter_size + stride) // stride


def shifts(shape, h, w, sh, sw, pad):
    OH, OW = output_size(shape[2], h, sh, pad), output_size(shape[3], w, sw, pad)
    for y in range(h):
        for x in range(w):
            yield y, x, np.s_[:, :, y : y + sh * (OH - 1) + 1 : sh, x : x + sw * (OW - 1) + 1 : sw]


def framed(x, pad, value=0):
    return np.pad(x, [(0,), (0,), (pad,), (pad,)], constant_values=value)


def unframed(x, pad):
    return x[:, :, pad : x.shape[2] - pad, pad : x.shape[3] - pad]


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    padded = framed(images, pad)
    slices = [padded[s] for _, _, s in shifts(images.shape, filter_h, filter_w, stride, stride, pad)]
    columns = [s[:, c].ravel() for c in range(images.shape[1]) for s in slices]
    return np.column_stack(columns)


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    padded = framed(np.zeros(image_shape, col.dtype), pad)
    columns = iter(col.T)
    for c in range(image_shape[1]):
        for _, _, s in shifts(image_shape, filter_h, filter_w, stride, stride, pad):
            channel = padded[s][:, c]
            channel += next(columns).reshape(channel.shape)
    return unframed(padded, pad)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def _shifts(self):
        return shifts(self.x.shape, *self.W.shape[2:], self.stride, self.stride, self.pad)

    def forward(self, x):
        self.x = x
        padded = framed(x, self.pad)
        out = sum(np.einsum("nchw,fc->nfhw", padded[s], self.W[:, :, i, j]) for i, j, s in self._shifts())
        return out + self.b.reshape(1, -1, 1, 1)

    def backward(self, dout):
        padded = framed(self.x, self.pad)
        dpadded = np.zeros(padded.shape)
        self.dW = np.zeros(self.W.shape)
        for i, j, s in self._shifts():
            self.dW[:, :, i, j] = np.einsum("nfhw,nchw->fc", dout, padded[s])
            dpadded[s] += np.einsum("nfhw,fc->nchw", dout, self.W[:, :, i, j])
        self.db = dout.sum(axis=3).sum(axis=2).sum(axis=0)
        return unframed(dpadded, self.pad)


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.pool = pool_h, pool_w
        self.step = self.pool if stride is None else (stride, stride)
        self.pad = pad

    def forward(self, x):
        self.padded = framed(x.astype(float), self.pad, -np.inf)
        self.slices = [s for _, _, s in shifts(x.shape, *self.pool, *self.step, self.pad)]
        self.out = self.padded[self.slices[0]]
        for s in self.slices[1:]:
            self.out = np.maximum(self.out, self.padded[s])
        return self.out

    def backward(self, dout):
        dpadded = np.zeros_like(self.padded)
        for s in self.slices:
            dpadded[s] += dout * (self.padded[s] == self.out)
        return unframed(dpadded, self.pad)
