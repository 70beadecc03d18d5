# Deep Learning, exercise 1
# Mateo
import sys
import time

import numpy as np

print("numpy", np.__version__, "python", sys.version_info[:2])


def output_size(size, filter_size, stride=1, pad=0):
    if filter_size > size + 2 * pad:
        raise ValueError("filter too large")
    return (size + 2 * pad - filter_size) // stride + 1


def pad_images(images, pad, value=0.0):
    # float32 is enough and faster
    images = images.astype(np.float32)
    return np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=value)


def im2col(images, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = images.shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    padded = pad_images(images, pad)
    n, c, y, x = padded.strides
    view = np.lib.stride_tricks.as_strided(
        padded,
        shape=(N, OH, OW, C, filter_h, filter_w),
        strides=(n, y * stride, x * stride, c, y, x),
        writeable=False,
    )
    return view.reshape(N * OH * OW, C * filter_h * filter_w)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W = W
        self.b = b
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        OH = output_size(H, FH, self.stride, self.pad)
        OW = output_size(W, FW, self.stride, self.pad)
        self.col = im2col(x, FH, FW, self.stride, self.pad)
        out = self.col @ self.W.reshape(FN, -1).T + self.b
        return out.reshape(N, OH, OW, FN).transpose(0, 3, 1, 2)

    # TODO backward


class MaxPooling:
    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        self.pool_h = pool_h
        self.pool_w = pool_w
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        N, C, H, W = x.shape
        down = self.stride or self.pool_h
        across = self.stride or self.pool_w
        OH = output_size(H, self.pool_h, down, self.pad)
        OW = output_size(W, self.pool_w, across, self.pad)
        padded = pad_images(x, self.pad, -np.inf)
        out = np.zeros((N, C, OH, OW))
        self.places = {}
        for n in range(N):
            for c in range(C):
                for i in range(OH):
                    for j in range(OW):
                        top, left = i * down, j * across
                        window = padded[n, c, top : top + self.pool_h, left : left + self.pool_w]
                        k = window.argmax()
                        out[n, c, i, j] = window.flat[k]
                        self.places[n, c, i, j] = top + k // self.pool_w - self.pad, left + k % self.pool_w - self.pad
        self.x_shape = x.shape
        return out

    def backward(self, dout):
        dx = np.zeros(self.x_shape)
        for (n, c, i, j), (row, column) in self.places.items():
            dx[n, c, row, column] += dout[n, c, i, j]
        return dx


start = time.time()
im2col(np.ones((10, 3, 64, 64)), 3, 3)
print("im2col:", time.time() - start, "seconds")

if __name__ == "__main__":
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    W = np.array([[[[0, 0, 1], [0, 1, 0], [1, 0, 0]]]])
    print(Convolution(W, np.zeros(1), pad=1).forward(x))
    input("press enter")
