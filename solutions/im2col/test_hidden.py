"""Checks of im2col the student never has: fresh inputs, compared with PyTorch's own operations and autograd."""

from statistics import median
from time import thread_time

import im2col as reference
import numpy as np
import pytest
import torch
from torch.nn import functional

from autograder.grading import expect, expect_close, expect_equal, expect_raises, expect_shape, question

# What an answer may be built on: a mistake there is not charged a second time.
IM2COL = ("output_size",)
FORWARD = ("output_size", "im2col")
BACKWARD = ("output_size", "im2col", "col2im")


def pixels(rng, *shape):
    """Distinct float64 values of both signs, exact in float32 too: no ties, and precision has its own check."""
    size = int(np.prod(shape))
    return ((rng.permutation(size) - size // 2) / 8 + 1 / 16).reshape(shape)


def unfold(images, filter_h, filter_w, stride=1, pad=0):
    """PyTorch's im2col, its columns turned into rows."""
    columns = functional.unfold(torch.tensor(images), (filter_h, filter_w), stride=stride, padding=pad)
    return columns.transpose(1, 2).reshape(-1, columns.shape[1]).numpy()


def fold(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    """PyTorch's col2im."""
    columns = torch.tensor(col).reshape(image_shape[0], -1, col.shape[1]).transpose(1, 2)
    return functional.fold(columns, image_shape[2:], (filter_h, filter_w), stride=stride, padding=pad).numpy()


def convolve(x, W, b, stride=1, pad=0):
    """PyTorch's convolution in float64."""
    x, W, b = (torch.tensor(values, dtype=torch.float64) for values in (x, W, b))
    return functional.conv2d(x, W, b, stride=stride, padding=pad).numpy()


def gradients(function, dout, *arrays):
    """PyTorch's gradients of function(*arrays) in float64, for the upstream gradient `dout`."""
    leaves = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in arrays]
    function(*leaves).backward(torch.tensor(dout))
    return [leaf.grad.numpy() for leaf in leaves]


def worded(settings):
    """stride and pad as a phrase."""
    return ", ".join(f"{name} {value}" for name, value in settings.items()) or "no stride or pad given"


def expect_size(submission, expected, *args):
    """One call of output_size. A float of the right value passes: that the type is int is a public check."""
    expect_close(submission.output_size(*args), expected, what=f"output_size({', '.join(map(str, args))})")


def expect_col(submission, images, *args, **settings):
    """im2col equals PyTorch's unfold."""
    sides = f"filter {args[0]}×{args[1]}, {worded(settings)}"
    actual = submission.im2col(images, *args, **settings)
    expect_close(actual, unfold(images, *args, **settings), what=f"im2col of images {images.shape}, {sides},")


def made(layer, what):
    """A layer that stays in the worker; a value that came back in its place is not one."""
    expect(hasattr(layer, "structure"), f"{what} must be a class, but calling it gave {layer!r:.60}.")
    return layer


@question("output_size", hint="Padding lies on both sides; the stride divides size + 2 * pad - filter_size.")
def test_size_where_the_stride_fits(submission, rng):
    """Size, filter, stride and padding all count, padding on both sides."""
    for stride, pad in ((1, 0), (1, 2), (2, 1), (3, 2)):
        filter_size, steps = (int(n) for n in rng.integers(2, 6, size=2))
        size = filter_size + stride * steps + 2 * stride - 2 * pad
        expect_size(submission, steps + 3, size, filter_size, stride, pad)


@question("output_size", weight=2, hint="A last step that would hang over the edge is not taken: round down.")
def test_size_where_the_stride_does_not_fit(submission, rng):
    """When the last step would hang over the edge the size is rounded down."""
    for stride, left_over in ((2, 1), (3, 1), (3, 2), (4, 3)):
        filter_size, steps = (int(n) for n in rng.integers(2, 6, size=2))
        expect_size(submission, steps + 1, filter_size + stride * steps + left_over, filter_size, stride, 0)


@question("output_size", hint="The filter fits when it is at most size + 2 * pad, whatever the stride.")
def test_filter_that_just_fits(submission):
    """A filter as large as the padded image has one position; one pixel more raises ValueError, also with a stride."""
    for stride in (1, 3):
        expect_size(submission, 1, 4, 6, stride, 1)
        expect_raises("ValueError", submission.output_size, 4, 7, stride, 1, what=f"output_size(4, 7, {stride}, 1)")


@question("im2col", weight=2, given=IM2COL, hint="Check every place where H, W, filter_h and filter_w are used.")
def test_height_is_not_width(submission, rng):
    """Height and width are kept apart, both of the image and of the filter."""
    expect_col(submission, pixels(rng, 1, 1, 6, 6), 2, 3)
    expect_col(submission, pixels(rng, 1, 1, 7, 4), 3, 3)


@question("im2col", weight=3, given=IM2COL, hint="Both axes move by the stride; what is left over is dropped.")
def test_stride(submission, rng):
    """The stride counts for rows and for columns, also when it does not fit the size."""
    images = pixels(rng, 1, 1, 9, 8)
    for stride in (2, 3):
        expect_col(submission, images, 2, 2, stride=stride)


@question("im2col", weight=2, given=IM2COL, hint="np.pad wants a pair of widths per axis: pad only height and width.")
def test_padding(submission, rng):
    """Padding adds zeros on all four sides of every image, and nowhere else."""
    images = pixels(rng, 2, 2, 4, 5)
    for pad in (1, 2):
        expect_col(submission, images, 3, 3, pad=pad)


@question("im2col", weight=2, given=IM2COL, hint="The first three axes are image, output row, output column.")
def test_order_of_rows(submission, rng):
    """Rows run over image, output row, output column."""
    expect_col(submission, pixels(rng, 3, 1, 4, 4), 2, 2)


@question("im2col", weight=2, given=IM2COL, hint="The last three axes are channel, filter row, filter column.")
def test_order_of_columns(submission, rng):
    """Columns run over channel, filter row, filter column."""
    expect_col(submission, pixels(rng, 1, 3, 4, 4), 2, 2)


@question("im2col", given=IM2COL, hint="The filter may be a single pixel or as large as the padded image.")
def test_smallest_and_largest_filter(submission, rng):
    """A 1×1 filter gives one row per pixel, a filter as large as the padded image gives one row per image."""
    images = pixels(rng, 2, 3, 3, 4)
    expect_col(submission, images, 1, 1)
    expect_col(submission, images, 5, 6, pad=1)


@question("im2col", given=IM2COL, hint="Only copy the values, and let the matrix have images.dtype.")
def test_integer_images(submission, rng):
    """Images of integers give the same values as images of floats."""
    values = rng.integers(0, 120, size=(2, 1, 5, 4))
    expected = unfold(values.astype(np.float64), 3, 2, stride=2, pad=1)
    for dtype in (np.uint8, np.int32, np.int64):
        col = submission.im2col(values.astype(dtype), 3, 2, stride=2, pad=1)
        expect_close(col, expected, what=f"im2col of {np.dtype(dtype).name} images")


@question("im2col", given=IM2COL, hint="Let the matrix have images.dtype: float32 cannot hold a float64 value.")
def test_float_images(submission, rng):
    """float64 images keep all their digits, and float32 images are welcome."""
    images = rng.normal(size=(1, 2, 4, 5))
    single = images.astype(np.float32)
    expect_equal(submission.im2col(images, 2, 3), unfold(images, 2, 3), what="im2col of float64 images")
    # float64 in return is fine: it holds the same values
    expect_close(submission.im2col(single, 2, 3), unfold(single, 2, 3), what="im2col of float32 images")


@question("im2col", given=IM2COL, hint="Work on the padded copy: values and shape of `images` belong to the caller.")
def test_images_are_left_alone(submission, rng):
    """im2col leaves the images it was given as they were."""
    images = pixels(rng, 2, 2, 4, 5)
    kept = submission.keep(images)
    for pad in (0, 1):
        submission.im2col(kept, 2, 3, pad=pad)
        expect_equal(kept.value(), images, what=f"the images after im2col with pad {pad}")


def loop_over_pixels(image, filter_h, filter_w, rows):
    """Copy the patches of the first output rows, one after the other."""
    OW = image.shape[3] - filter_w + 1
    col = np.empty((rows * OW, filter_h * filter_w))
    for y in range(rows):
        for x in range(OW):
            col[y * OW + x] = image[0, :, y : y + filter_h, x : x + filter_w].reshape(-1)


def seconds(function, *args):
    """CPU time of one call here."""
    start = thread_time()
    function(*args)
    return thread_time() - start


@question("im2col", weight=2, given=IM2COL, hint="Loop over the filter's own rows and columns only.")
def test_vectorised(submission, rng):
    """A large image takes no Python loop over its pixels."""
    image = rng.normal(size=(1, 1, 171, 170))
    kept = submission.keep(image)
    theirs = ours = 0.0
    for _ in range(2):  # too slow means twice, each time by the median of three calls
        theirs = median(submission.seconds("im2col", kept, 3, 2) for _ in range(3))
        ours = median(seconds(reference.im2col, image, 3, 2) for _ in range(3))
        # Ten times the reference is not enough room by itself: page faults alone make its milliseconds vary threefold.
        # A third of the loop's time is far above every vectorised way and far below every loop over pixels.
        loop = 13 * seconds(loop_over_pixels, image, 3, 2, 13)  # 13 of its 169 rows
        if theirs <= max(10 * ours, loop / 3):
            return
    where = "an image of 171×170 pixels"
    expect(False, f"im2col took {1000 * theirs:.0f} ms for {where}; without a loop it takes {1000 * ours:.1f} ms.")


def expect_forward(submission, x, W, b=None, **settings):
    """forward equals PyTorch's conv2d."""
    b = np.zeros(len(W)) if b is None else b
    out = made(submission.Convolution(W, b, **settings), "Convolution").forward(x)
    what = f"forward of images {x.shape}, filters {W.shape}, {worded(settings)},"
    expect_close(out, convolve(x, W, b, **settings), what=what)


@question("forward", weight=2, given=FORWARD, hint="The filter's first number meets the patch's first pixel.")
def test_filter_is_not_flipped(submission, rng):
    """The filter is used as it is, neither flipped nor transposed."""
    expect_forward(submission, pixels(rng, 1, 1, 5, 5), pixels(rng, 1, 1, 3, 3))


@question("forward", given=FORWARD, hint="OH comes from H and FH, OW from W and FW; the result is (N, FN, OH, OW).")
def test_height_is_not_width_in_forward(submission, rng):
    """Height and width of images and filters are kept apart."""
    expect_forward(submission, pixels(rng, 1, 1, 7, 4), pixels(rng, 1, 1, 2, 3))


@question("forward", weight=2, given=FORWARD, hint="Reshape to (N, OH, OW, FN), then move the last axis.")
def test_batch_channels_and_filters(submission, rng):
    """Images stay apart, channels are summed, every filter gives a plane."""
    expect_forward(submission, pixels(rng, 3, 2, 4, 4), pixels(rng, 4, 2, 3, 3))


@question("forward", weight=2, given=FORWARD, hint="Add b while the filters are the last axis.")
def test_bias(submission, rng):
    """Every filter adds its own bias to its whole plane; here the filters themselves are zero."""
    expect_forward(submission, pixels(rng, 2, 1, 4, 3), np.zeros((3, 1, 2, 2)), rng.normal(size=3))


@question("forward", given=FORWARD, hint="Hand stride and pad on to im2col and to output_size.")
@pytest.mark.parametrize("settings", [{"stride": 2}, {"pad": 2}], ids=["stride", "pad"])
def test_settings_of_forward(submission, rng, settings):
    """Stride and padding are used."""
    expect_forward(submission, pixels(rng, 2, 2, 6, 5), pixels(rng, 3, 2, 3, 2), **settings)


@question("forward", given=FORWARD, hint="Do not give the result the dtype of the images.")
def test_numbers_of_any_kind(submission, rng):
    """Integer images with fractional filters are not rounded, and float64 keeps all its digits."""
    W, b = rng.normal(size=(2, 1, 2, 2)), rng.normal(size=2)
    layer = made(submission.Convolution(W, b), "Convolution")
    for x in (rng.integers(0, 200, size=(1, 1, 4, 3)).astype(np.uint8), rng.normal(size=(1, 1, 4, 3))):
        what = f"forward of {x.dtype} images with float64 filters"
        expect_close(layer.forward(x), convolve(x, W, b), rtol=1e-10, atol=1e-12, what=what)


@question("forward", given=FORWARD, hint="Take all sizes from the x of this call, and do not write into x, W or b.")
def test_forward_again(submission, rng):
    """One layer takes batches of other sizes one after another, and leaves x, W and b as they were."""
    arrays = {"x": pixels(rng, 2, 1, 5, 4), "W": pixels(rng, 2, 1, 2, 2), "b": rng.normal(size=2)}
    kept = {name: submission.keep(values) for name, values in arrays.items()}
    layer = made(submission.Convolution(kept["W"], kept["b"]), "Convolution")
    layer.forward(kept["x"])
    x = pixels(rng, 1, 1, 3, 6)
    expect_close(layer.forward(x), convolve(x, arrays["W"], arrays["b"]), what="the second forward of one layer")
    for name, values in arrays.items():
        expect_equal(kept[name].value(), values, what=f"{name} after forward")


@question("backward", given=IM2COL, hint="Undo the steps of im2col in reverse order, with += where im2col copies.")
@pytest.mark.parametrize(
    ("shape", "settings"),
    [((1, 1, 5, 4), {}), ((2, 3, 4, 4), {}), ((1, 1, 8, 7), {"stride": 2, "pad": 1})],
    ids=["overlap", "order", "settings"],
)
def test_col2im(submission, rng, shape, settings):
    """col2im adds every entry of the matrix to the pixel it came from."""
    col = pixels(rng, *unfold(np.zeros(shape), 3, 2, **settings).shape)
    what = f"col2im to images {shape}, filter 3×2, {worded(settings)},"
    expect_close(submission.col2im(col, shape, 3, 2, **settings), fold(col, shape, 3, 2, **settings), what=what)


@question("backward", given=FORWARD, hint="<im2col(x), y> must equal <x, col2im(y)> for any x and y.")
def test_adjoint(submission, rng):
    """col2im is the adjoint of im2col: <im2col(x), y> = <x, col2im(y)>."""
    x = rng.normal(size=(2, 2, 7, 6))
    y = rng.normal(size=unfold(x, 3, 2, 2, 1).shape)
    col, image = submission.im2col(x, 3, 2, 2, 1), submission.col2im(y, x.shape, 3, 2, 2, 1)
    expect_shape(col, y.shape, what="im2col(x)")
    expect_shape(image, x.shape, what="col2im(y)")
    left, right = np.sum(np.asarray(col) * y), np.sum(x * np.asarray(image))
    scale = np.abs(y).sum() * np.abs(x).max()
    expect(bool(abs(left - right) <= 1e-10 * scale), f"<im2col(x), y> = {left:.6g}, but <x, col2im(y)> = {right:.6g}.")


def expect_gradient(submission, rng, name, shape, filters, **settings):
    """One of dx, dW and db equals what PyTorch's autograd finds."""
    x, W, b = pixels(rng, *shape), pixels(rng, *filters), rng.normal(size=filters[0])
    dout = pixels(rng, *convolve(x, W, b, **settings).shape)
    renamed = {"stride": settings.get("stride", 1), "padding": settings.get("pad", 0)}
    expected = gradients(lambda x, W, b: functional.conv2d(x, W, b, **renamed), dout, x, W, b)
    layer = made(submission.Convolution(W, b, **settings), "Convolution")
    layer.forward(x)
    dx = layer.backward(dout)
    actual = dx if name == "dx" else getattr(layer, name)
    what = f"{name}, {'returned' if name == 'dx' else 'set'} by backward, {worded(settings)},"
    expect_close(actual, expected[("dx", "dW", "db").index(name)], what=what)


@question(
    "backward", weight=2, given=BACKWARD, hint="db sums rows; dW = rows.T @ col in W's shape; dx = col2im(rows @ W)."
)
@pytest.mark.parametrize(
    ("name", "shape", "filters"),
    [("db", (3, 1, 4, 3), (4, 1, 2, 2)), ("dW", (3, 2, 5, 4), (4, 2, 2, 3)), ("dx", (2, 2, 5, 4), (3, 2, 3, 2))],
    ids=["db", "dW", "dx"],
)
def test_gradient(submission, rng, name, shape, filters):
    """Each gradient has the shape of what it belongs to and is a sum over everything else, not a mean."""
    expect_gradient(submission, rng, name, shape, filters)


@question("backward", weight=2, given=BACKWARD, hint="Hand the same stride and pad to col2im as to im2col.")
def test_dx_settings(submission, rng):
    """dx is right with a stride and with padding, also where the stride does not fit the size."""
    expect_gradient(submission, rng, "dx", (1, 1, 6, 5), (1, 1, 3, 2), stride=2, pad=1)


@question("backward", given=BACKWARD, hint="Assign dW and db anew in every call, and do not write into dout.")
def test_backward_again(submission, rng):
    """After a second batch of another size the gradients are those of that batch alone, and dout is left as it was."""
    W, b = rng.normal(size=(2, 1, 2, 2)), rng.normal(size=2)
    layer = made(submission.Convolution(W, b), "Convolution")
    layer.forward(pixels(rng, 3, 1, 4, 4))
    layer.backward(pixels(rng, 3, 2, 3, 3))
    x, dout = rng.normal(size=(2, 1, 3, 5)), rng.normal(size=(2, 2, 2, 4))
    kept = submission.keep(dout)
    layer.forward(x)
    dx, dW, db = gradients(functional.conv2d, dout, x, W, b)
    for actual, expected, name in ((layer.backward(kept), dx, "dx"), (layer.dW, dW, "dW"), (layer.db, db, "db")):
        expect_close(actual, expected, rtol=1e-10, atol=1e-12, what=f"{name} of a second batch")
    expect_equal(kept.value(), dout, what="dout after backward")


def max_pool(window, stride=None, pad=0):
    """PyTorch's max pooling as a function of a tensor."""
    return lambda x: functional.max_pool2d(x, window, stride=stride, padding=pad)


def expect_pooling(submission, x, window, **settings):
    """MaxPooling's forward equals PyTorch's."""
    out = made(submission.MaxPooling(*window, **settings), "MaxPooling").forward(x)
    what = f"MaxPooling({window[0]}, {window[1]}).forward of images {x.shape}, {worded(settings)},"
    expect_close(out, max_pool(window, **settings)(torch.tensor(x)), what=what)


@question("pooling", weight=2, given=BACKWARD, hint="No stride means pool_h pixels down and pool_w pixels across.")
def test_pooling_windows(submission, rng):
    """Windows lie side by side when no stride is given, also when they are not square; channels are not mixed."""
    expect_pooling(submission, pixels(rng, 2, 3, 6, 6), (2, 3))


@question("pooling", given=BACKWARD, hint="Windows start every `stride` pixels; one over the edge is dropped.")
def test_pooling_stride(submission, rng):
    """A stride is used for both axes, and what does not fill a window is left out."""
    expect_pooling(submission, pixels(rng, 1, 2, 8, 7), (3, 2), stride=2)
    expect_pooling(submission, pixels(rng, 1, 1, 8, 9), (2, 2), stride=3)


@question("pooling", given=BACKWARD, hint="Pad with -np.inf: a padded zero would beat negative pixels.")
def test_pooling_padding(submission, rng):
    """Padding never wins, even where all pixels are negative."""
    expect_pooling(submission, pixels(rng, 2, 1, 4, 6) - 100.0, (2, 2), stride=2, pad=1)


@question("pooling", given=BACKWARD, hint="Send each gradient to its winner, and add where a pixel wins twice.")
@pytest.mark.parametrize(
    ("window", "settings"), [((2, 3), {}), ((3, 3), {"stride": 2, "pad": 1})], ids=["windows", "overlap"]
)
def test_pooling_gradient(submission, rng, window, settings):
    """Every window's gradient goes to the pixel that won it; a pixel that wins several windows gets the sum."""
    x = pixels(rng, 2, 2, 7, 8)
    dout = pixels(rng, *max_pool(window, **settings)(torch.tensor(x)).shape)
    layer = made(submission.MaxPooling(*window, **settings), "MaxPooling")
    layer.forward(x)
    what = f"MaxPooling({window[0]}, {window[1]}).backward to images {x.shape}, {worded(settings)},"
    expect_close(layer.backward(dout), gradients(max_pool(window, **settings), dout, x)[0], what=what)


@question("pooling", given=BACKWARD, hint="Take all sizes from the last forward's x, and do not write into x or dout.")
def test_pooling_again(submission, rng):
    """One layer takes batches of other sizes one after another, and leaves x and dout as they were."""
    layer = made(submission.MaxPooling(2, 2), "MaxPooling")
    layer.forward(pixels(rng, 1, 1, 6, 4))
    x, dout = pixels(rng, 2, 1, 4, 4), pixels(rng, 2, 1, 2, 2)
    kept_x, kept_dout = submission.keep(x), submission.keep(dout)
    layer.forward(kept_x)
    expected = gradients(max_pool((2, 2)), dout, x)[0]
    expect_close(layer.backward(kept_dout), expected, what="backward after a second forward")
    expect_equal(kept_x.value(), x, what="x after forward and backward")
    expect_equal(kept_dout.value(), dout, what="dout after backward")
