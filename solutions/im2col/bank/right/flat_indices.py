"""as_strided patches, bincount over flat pixel numbers for the way back, tensordot for the product."""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def output_size(size, filter_size, stride=1, pad=0):
    quotient, _ = divmod(size + 2 * pad - filter_size, stride)
    if quotient < 0:
        raise ValueError("too small")
    return np.int64(quotient + 1)


def patches(padded, h, w, sh, sw):
    N, C, H, W = padded.shape
    n, c, y, x = padded.strides
    shape = (N, (H - h) // sh + 1, (W - w) // sw + 1, C, h, w)
    return as_strided(padded, shape, (n, y * sh, x * sw, c, y, x), writeable=False)


def surround(images, pad, value=0.0):
    N, C, H, W = images.shape
    padded = np.full((N, C, H + 2 * pad, W + 2 * pad), value, dtype=images.dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = images
    return padded


def numbers(shape, pad):
    """The flat number of every padded pixel; the border gets one number behind all others."""
    N, C, H, W = shape
    inside = np.arange(N * C * H * W).reshape(shape)
    return np.pad(inside, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=inside.size)


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    found = patches(surround(images, pad), filter_h, filter_w, stride, stride)
    return found.reshape(np.prod(found.shape[:3]), np.prod(found.shape[3:]))


def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    where = patches(numbers(image_shape, pad), filter_h, filter_w, stride, stride)
    size = int(np.prod(image_shape))
    return np.bincount(where.ravel(), weights=col.ravel(), minlength=size + 1)[:size].reshape(image_shape)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        self.image_shape = x.shape
        self.found = patches(surround(x, self.pad), *self.W.shape[2:], self.stride, self.stride)
        return np.moveaxis(np.tensordot(self.found, self.W, axes=([3, 4, 5], [1, 2, 3])) + self.b, -1, 1)

    def backward(self, dout):
        self.dW = np.tensordot(dout, self.found, axes=([0, 2, 3], [0, 1, 2]))
        self.db = dout.sum((0, 2, 3))
        d = np.tensordot(dout, self.W, axes=([1], [0]))
        return col2im(d.reshape(-1, d[0, 0, 0].size), self.image_shape, *self.W.shape[2:], self.stride, self.pad)


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.sizes = (pool_h, pool_w, *((pool_h, pool_w) if stride is None else (stride, stride)))
        self.pad = pad

    def forward(self, x):
        found = patches(surround(x, self.pad, -np.inf), *self.sizes).transpose(0, 3, 1, 2, 4, 5)
        where = patches(numbers(x.shape, self.pad), *self.sizes).transpose(0, 3, 1, 2, 4, 5)
        flat = found.reshape(*found.shape[:4], -1)
        best = flat.argmax(-1, keepdims=True)
        self.shape = x.shape
        self.where = np.take_along_axis(where.reshape(flat.shape), best, -1)[..., 0]
        return flat.max(-1)

    def backward(self, dout):
        size = int(np.prod(self.shape))
        return np.bincount(self.where.ravel(), dout.ravel(), size).reshape(self.shape)
