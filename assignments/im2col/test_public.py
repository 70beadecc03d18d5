"""Checks of im2col the student has: the worked example, and small comparisons with PyTorch."""

import numpy as np
import torch
from torch.nn import functional

from autograder.grading import expect, expect_close, expect_equal, expect_raises, expect_shape, question

EXAMPLE = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
EXAMPLE_FILTER = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).reshape(1, 1, 3, 3)
EXAMPLE_COL = np.array(
    [
        [0, 0, 0, 0, 1, 2, 0, 4, 5],
        [0, 0, 0, 1, 2, 3, 4, 5, 6],
        [0, 0, 0, 2, 3, 0, 5, 6, 0],
        [0, 1, 2, 0, 4, 5, 0, 7, 8],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        [2, 3, 0, 5, 6, 0, 8, 9, 0],
        [0, 4, 5, 0, 7, 8, 0, 0, 0],
        [4, 5, 6, 7, 8, 9, 0, 0, 0],
        [5, 6, 0, 8, 9, 0, 0, 0, 0],
    ],
    dtype=np.float64,
)


def made(layer, what):
    """A layer that stays with the submission; a value that came back in its place is not one."""
    expect(hasattr(layer, "structure"), f"{what} must be a class, but calling it gave {layer!r:.60}.")
    return layer


# output_size ------------------------------------------------------------------------------------------------------


@question(
    "output_size", weight=2, hint="Divide size + 2 * pad - filter_size by the stride, round down, add 1; return an int."
)
def test_examples_of_the_text(submission):
    """output_size gives the integers of the table above it: 3, 3, 24 and 2."""
    expect_equal(submission.output_size(5, 3), 3, what="output_size(5, 3)")
    expect_equal(submission.output_size(3, 3, stride=1, pad=1), 3, what="output_size(3, 3, stride=1, pad=1)")
    expect_equal(submission.output_size(28, 5), 24, what="output_size(28, 5)")
    expect_equal(submission.output_size(6, 3, stride=2), 2, what="output_size(6, 3, stride=2)")


@question("output_size", hint='Compare filter_size with size + 2 * pad and raise ValueError("…") when it is larger.')
def test_filter_that_does_not_fit(submission):
    """A filter larger than the padded image raises ValueError."""
    expect_raises("ValueError", submission.output_size, 2, 5, what="output_size(2, 5)")


# im2col -----------------------------------------------------------------------------------------------------------


@question(
    "im2col", weight=3, given=("output_size",), hint="Compare your matrix with the table of the text, row by row."
)
def test_worked_example(submission):
    """The 3×3 image with padding 1 and a 3×3 filter gives the 9×9 matrix of the text."""
    expect_close(submission.im2col(EXAMPLE, 3, 3, stride=1, pad=1), EXAMPLE_COL, what="im2col of the worked example")


@question(
    "im2col",
    given=("output_size",),
    hint="A row for each image, output row and output column; a column for each channel, filter row and filter column.",
)
def test_shape_of_the_matrix(submission):
    """The matrix has shape (N * OH * OW, C * FH * FW), also when images and filter are not square."""
    col = submission.im2col(np.zeros((2, 3, 7, 5)), 3, 2, stride=2, pad=1)
    expect_shape(col, (2 * 4 * 3, 3 * 3 * 2), what="im2col of images (2, 3, 7, 5), filter 3×2, stride 2, pad 1")


@question(
    "im2col",
    weight=4,
    given=("output_size",),
    hint="Rows run over image, output row, output column; columns over channel, filter row, filter column.",
)
def test_same_as_unfold(submission):
    """Two images with two channels give the same matrix as PyTorch's unfold."""
    images = np.arange(2 * 2 * 4 * 5, dtype=np.float64).reshape(2, 2, 4, 5)
    expected = functional.unfold(torch.tensor(images), (2, 3)).transpose(1, 2).reshape(-1, 2 * 2 * 3)
    expect_close(submission.im2col(images, 2, 3), expected, what="im2col of images (2, 2, 4, 5), filter 2×3")


# forward ----------------------------------------------------------------------------------------------------------


@question(
    "forward",
    weight=3,
    given=("output_size", "im2col"),
    hint="Multiply col by the flattened filter, then bring the 9 numbers back to shape (1, 1, 3, 3).",
)
def test_worked_example_convolved(submission):
    """The worked example gives [[1, 6, 8], [6, 15, 14], [12, 14, 9]]."""
    out = made(submission.Convolution(EXAMPLE_FILTER, np.zeros(1), stride=1, pad=1), "Convolution").forward(EXAMPLE)
    expected = np.array([[[[1.0, 6.0, 8.0], [6.0, 15.0, 14.0], [12.0, 14.0, 9.0]]]])
    expect_close(out, expected, what="forward of the worked example")


@question(
    "forward",
    weight=2,
    given=("output_size", "im2col"),
    hint="Each filter makes one output plane, (N, FN, OH, OW), and adds its own bias to it. Do not flip the filter.",
)
def test_two_filters(submission):
    """Two filters with two biases give two planes: the first pixel plus 10, the last pixel plus 20."""
    filters = np.zeros((2, 1, 2, 2))
    filters[0, 0, 0, 0] = filters[1, 0, 1, 1] = 1.0
    out = made(submission.Convolution(filters, np.array([10.0, 20.0])), "Convolution").forward(EXAMPLE)
    expected = np.array([[[[11.0, 12.0], [14.0, 15.0]], [[25.0, 26.0], [28.0, 29.0]]]])
    expect_close(out, expected, what="forward with two filters that each copy one pixel")


# backward ---------------------------------------------------------------------------------------------------------


@question(
    "backward",
    weight=2,
    given=("output_size",),
    hint="Start from zeros in the padded shape, add every entry (+=) where it came from, then cut the padding off.",
)
def test_col2im_counts_copies(submission):
    """col2im of a matrix of ones counts how often im2col copies each pixel."""
    expected = np.array([[[[4.0, 6.0, 4.0], [6.0, 9.0, 6.0], [4.0, 6.0, 4.0]]]])
    actual = submission.col2im(np.ones((9, 9)), (1, 1, 3, 3), 3, 3, stride=1, pad=1)
    expect_close(actual, expected, what="col2im of ones for the worked example")


@question(
    "backward",
    weight=4,
    given=("output_size", "im2col", "col2im"),
    hint="With dout in rows, ordered as in forward: db sums them, dW = rows.T @ col, dx = col2im(rows @ W).",
)
def test_gradients_small(submission):
    """dx, dW and db of a small convolution are those PyTorch's autograd finds."""
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    W = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[-1.0, 0.0], [0.5, 2.0]]]])
    b = np.array([0.5, -0.5])
    dout = np.array([[[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]], [[0.0, -1.0, 0.0], [4.0, 0.0, 1.0]]]])
    leaves = [torch.tensor(values, requires_grad=True) for values in (x, W, b)]
    functional.conv2d(*leaves).backward(torch.tensor(dout))
    layer = made(submission.Convolution(W, b), "Convolution")
    layer.forward(x)
    expect_close(layer.backward(dout), leaves[0].grad, what="dx, returned by backward,")
    expect_close(layer.dW, leaves[1].grad, what="dW, set by backward,")
    expect_close(layer.db, leaves[2].grad, what="db, set by backward,")


# pooling ----------------------------------------------------------------------------------------------------------

POOLED = np.array([[[[1.0, 3.0, 2.0, 0.0], [4.0, 2.0, 1.0, 5.0], [0.0, 1.0, 9.0, 8.0], [2.0, 6.0, 7.0, 3.0]]]])


@question(
    "pooling",
    weight=2,
    given=("output_size", "im2col", "col2im"),
    hint="Without a stride the windows lie side by side; take the maximum of each.",
)
def test_pooling_forward(submission):
    """2×2 max pooling of the 4×4 example keeps 4, 5, 6 and 9."""
    out = made(submission.MaxPooling(2, 2), "MaxPooling").forward(POOLED)
    expect_close(out, np.array([[[[4.0, 5.0], [6.0, 9.0]]]]), what="MaxPooling(2, 2).forward of the 4×4 example")


@question(
    "pooling",
    weight=2,
    given=("output_size", "im2col", "col2im"),
    hint="Remember in forward which pixel won each window; only that pixel gets the window's gradient.",
)
def test_pooling_backward(submission):
    """The gradient of each window goes to the pixel that won it, all others get zero."""
    layer = made(submission.MaxPooling(2, 2), "MaxPooling")
    layer.forward(POOLED)
    dx = np.zeros((1, 1, 4, 4))
    dx[0, 0, 1, 0], dx[0, 0, 1, 3], dx[0, 0, 3, 1], dx[0, 0, 2, 2] = 10.0, 20.0, 30.0, 40.0
    expect_close(layer.backward(np.array([[[[10.0, 20.0], [30.0, 40.0]]]])), dx, what="backward of the 4×4 example")
