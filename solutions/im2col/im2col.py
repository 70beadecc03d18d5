# %% [markdown]
# # Convolution as one matrix product
#
# A convolution slides a small filter over an image and takes a weighted sum at every position. Written as loops, that
# is slow. Written as **one matrix product**, it is fast: first copy the patch under every filter position into a row of
# a matrix (`im2col`), then multiply that matrix by the flattened filters. Libraries have run convolutions this way for
# years, and the backward pass falls out of the same two steps.
#
# You build, in NumPy only:
#
# 1. `output_size`: how many positions a filter has along one axis,
# 2. `im2col`: patches into rows,
# 3. `Convolution`: forward with one matrix product,
# 4. `col2im` and the backward pass,
# 5. `MaxPooling`: forward and backward.
#
# Notation: $N$ images, $C$ channels, $H\times W$ pixels; $F_N$ filters of $F_H\times F_W$; stride $s$, padding $p$.
# Images are always arrays of shape `(N, C, H, W)`, and `stride` and `pad` are single integers, the same for both axes.
# Images may be square or not, and so may filters. Never change an array that was handed to you: its owner still needs
# it.

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto"; NumPy runs on the CPU whatever stands here
seed: int = 0  # seeds the filters the last demo starts from
epochs: int = 10  # epochs the last demo trains
data: str = "bundled"  # "bundled" (small, offline) or "mnist"

# %% tags=["setup"]
import numpy as np

from autograder import check

# The worked example of this notebook.
example_image = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
example_filter = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).reshape(1, 1, 3, 3)

# %% [markdown]
# ## The size of the output
#
# Padding adds $p$ pixels on **both** sides, so the filter moves over $\text{size} + 2p$ pixels. Its first position
# starts at 0, the others every $s$ pixels, for as long as the whole filter fits:
#
# $$\text{output size} = \left\lfloor\frac{\text{size} + 2p - f}{s}\right\rfloor + 1$$
#
# The brackets round **down**: a last step that would hang over the edge is not taken. Some examples:
#
# | size | filter | stride | pad | output |
# |---|---|---|---|---|
# | 5 | 3 | 1 | 0 | 3 |
# | 3 | 3 | 1 | 1 | 3 |
# | 28 | 5 | 1 | 0 | 24 |
# | 6 | 3 | 2 | 0 | 2 (the last column is never reached) |
#
# A filter larger than the padded image has no position at all: that is an error, not an output of size zero or less.
# Mind that with a stride above 1 the formula alone does not always show it.


# %% answer="output_size"
def output_size(size, filter_size, stride=1, pad=0):
    """Number of filter positions along one axis.

    size: pixels along this axis, without padding; filter_size: pixels of the filter along this axis;
    stride: pixels from one position to the next (1 or more); pad: pixels added on each side (0 or more).

    Returns an int. Raises ValueError when the filter is larger than the padded image.
    """
    ### BEGIN SOLUTION
    room = size + 2 * pad - filter_size
    if room < 0:
        raise ValueError(f"a filter of {filter_size} does not fit into {size} pixels with padding {pad}")
    return room // stride + 1
    ### END SOLUTION


# %% check="output_size"
check("im2col", question="output_size")

# %% [markdown]
# ## Patches into rows
#
# The image on the left, padded with one zero all around, and the filter on the right:
#
# $$\begin{pmatrix}0&0&0&0&0\\0&1&2&3&0\\0&4&5&6&0\\0&7&8&9&0\\0&0&0&0&0\end{pmatrix}
# \qquad *\qquad \begin{pmatrix}0&0&1\\0&1&0\\1&0&0\end{pmatrix}$$
#
# The filter has 3 × 3 = 9 positions and covers 9 pixels at each. `im2col` writes the 9 pixels under each position, read
# row by row, into one row of the matrix `col`. The filter, read in the same order, is the vector
# $(0,0,1,\;0,1,0,\;1,0,0)$, so each row times the filter adds up the entries 2, 4 and 6 of that row:
#
# | position | | | | | | | | | | · filter |
# |---|---|---|---|---|---|---|---|---|---|---|
# | (0, 0) | 0 | 0 | **0** | 0 | **1** | 2 | **0** | 4 | 5 | 1 |
# | (0, 1) | 0 | 0 | **0** | 1 | **2** | 3 | **4** | 5 | 6 | 6 |
# | (0, 2) | 0 | 0 | **0** | 2 | **3** | 0 | **5** | 6 | 0 | 8 |
# | (1, 0) | 0 | 1 | **2** | 0 | **4** | 5 | **0** | 7 | 8 | 6 |
# | (1, 1) | 1 | 2 | **3** | 4 | **5** | 6 | **7** | 8 | 9 | 15 |
# | (1, 2) | 2 | 3 | **0** | 5 | **6** | 0 | **8** | 9 | 0 | 14 |
# | (2, 0) | 0 | 4 | **5** | 0 | **7** | 8 | **0** | 0 | 0 | 12 |
# | (2, 1) | 4 | 5 | **6** | 7 | **8** | 9 | **0** | 0 | 0 | 14 |
# | (2, 2) | 5 | 6 | **0** | 8 | **9** | 0 | **0** | 0 | 0 | 9 |
#
# The last column, put back into shape, is the result: $\begin{pmatrix}1&6&8\\6&15&14\\12&14&9\end{pmatrix}$.
#
# In general `col` has shape `(N * OH * OW, C * FH * FW)`, and the order matters:
#
# - **rows** run over the images, then the output rows, then the output columns;
# - **columns** run over the channels, then the filter rows, then the filter columns.
#
# Padding adds zeros around height and width only, never around images or channels. Integer images are welcome: the
# matrix holds the same values, in any dtype that can hold them. Images in float64 keep their full precision.
#
# **No loop over pixels.** A Python loop that visits every output position takes some hundred times longer than NumPy
# does. A loop over the $F_H\cdot F_W$ positions *inside the filter* is fine: each turn copies one whole strided slice
# of the padded image, `padded[:, :, y : y + stride * OH : stride, ...]`, for all positions at once. There are other
# good ways (`np.lib.stride_tricks.sliding_window_view`, index arrays). The checks time a large image.


# %% answer="im2col"
def im2col(images, filter_h, filter_w, stride=1, pad=0):
    """Copy the patch under every filter position into one row of a matrix.

    images: array (N, C, H, W), of floats or integers; it is not changed.
    filter_h, filter_w: height and width of the filter; stride, pad: the same for both axes, the padding is zeros.

    Returns an array (N * OH * OW, C * filter_h * filter_w): rows over image, output row, output column;
    columns over channel, filter row, filter column.
    """
    ### BEGIN SOLUTION
    N, C, H, W = images.shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    col = np.empty((N, C, filter_h, filter_w, OH, OW), dtype=images.dtype)
    for y in range(filter_h):
        for x in range(filter_w):
            col[:, :, y, x] = padded[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, C * filter_h * filter_w)
    ### END SOLUTION


# %% check="im2col"
check("im2col", question="im2col")

# %% tags=["demo"]
import matplotlib.pyplot as plt

example_col = im2col(example_image, 3, 3, pad=1)
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 4), width_ratios=[5, 9, 1], layout="constrained")
panels = [
    (left, np.pad(example_image[0, 0], 1), 14, "the padded image"),
    (middle, example_col, 14, "col: one row per filter position"),
    (right, example_filter.reshape(-1, 1), 2, "filter"),
]
for axes, values, darkest, title in panels:
    axes.imshow(values, cmap="Blues", vmin=0, vmax=darkest)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > 8 else "black")
    axes.set(title=title, xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Forward
#
# With the patches in rows, a convolution with $F_N$ filters is one product. Flatten each filter into a row of
# $W_{\text{flat}}$, shape $(F_N,\; C F_H F_W)$; then
#
# $$\text{out} = \text{col}\; W_{\text{flat}}^{\top} + b$$
#
# has shape $(N\cdot OH\cdot OW,\; F_N)$. Each filter has its own bias, one number added to its whole output plane. What
# is left is to put the rows back into images: `reshape` to `(N, OH, OW, FN)`, then move the last axis to place 1.
#
# Deep learning calls this *convolution*, but the filter is **not flipped**: strictly it is a cross-correlation,
#
# $$\text{out}[n,f,i,j] = b_f + \sum_{c,u,v} x[n,c,\;s\,i+u-p,\;s\,j+v-p]\; W[f,c,u,v].$$
#
# A true convolution would turn the filter by 180° first. The worked example cannot show the difference: its filter,
# turned by 180°, is itself. So the checks also use filters without that symmetry.
#
# The class holds forward and backward. Write `forward` now; leave `backward` until you have read the next section.


# %% answer="convolution"
class Convolution:
    """A convolution layer: forward and backward, each in one matrix product."""

    def __init__(self, W, b, stride=1, pad=0):
        """W: filters (FN, C, FH, FW); b: one bias per filter (FN,); stride, pad: as in im2col."""
        self.W = W
        self.b = b
        self.stride = stride
        self.pad = pad
        # backward fills these in
        self.dW = None
        self.db = None

    def forward(self, x):
        """x: images (N, C, H, W), not changed. Returns (N, FN, OH, OW). Keep here what backward will need."""
        ### BEGIN SOLUTION
        FN, _, FH, FW = self.W.shape
        N, _, H, W = x.shape
        OH = output_size(H, FH, self.stride, self.pad)
        OW = output_size(W, FW, self.stride, self.pad)
        self.x_shape = x.shape
        self.col = im2col(x, FH, FW, self.stride, self.pad)
        out = self.col @ self.W.reshape(FN, -1).T + self.b
        return out.reshape(N, OH, OW, FN).transpose(0, 3, 1, 2)
        ### END SOLUTION

    def backward(self, dout):
        """dout: gradient of the loss with respect to the last forward's output (N, FN, OH, OW), not changed.

        Returns dx, the gradient with respect to that forward's x, of x's shape (N, C, H, W). Afterwards self.dW, shape
        (FN, C, FH, FW), and self.db, shape (FN,), hold the gradients of this call alone: nothing adds up over calls.
        """
        ### BEGIN SOLUTION
        FN, _, FH, FW = self.W.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = rows.sum(axis=0)
        self.dW = (rows.T @ self.col).reshape(self.W.shape)
        dcol = rows @ self.W.reshape(FN, -1)
        return col2im(dcol, self.x_shape, FH, FW, self.stride, self.pad)
        ### END SOLUTION


# %% check="forward"
check("im2col", question="forward")

# %% tags=["demo"]
from autograder import metrics
from autograder.data import load

digits = load(data)
digit = digits.train_images[:1].numpy()
edge_filters = {
    "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": [[1 / 9] * 3] * 3,
}
filters = np.array(list(edge_filters.values()), dtype=np.float32)[:, None]
planes = Convolution(filters, np.zeros(len(filters), dtype=np.float32), pad=1).forward(digit)[0]

figure, row = plt.subplots(1, 5, figsize=(12, 2.9), layout="constrained")
row[0].imshow(digit[0, 0], cmap="gray")
row[0].set_title(f"a digit, label {int(digits.train_labels[0])}")
for axes, plane, name in zip(row[1:], planes, edge_filters, strict=True):
    strongest = abs(plane).max()
    axes.imshow(plane, cmap="RdBu", vmin=-strongest, vmax=strongest)
    axes.set_title(name)
for axes in row:
    axes.axis("off")
plt.show()

# %% tags=["demo"]
from time import perf_counter


def convolve_with_loops(x, W, b):
    """The same layer, stride 1 and no padding, one output number at a time."""
    FN, _, FH, FW = W.shape
    N, _, height, width = x.shape
    out = np.zeros((N, FN, height - FH + 1, width - FW + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        out[n, f, i, j] = np.sum(x[n, :, i : i + FH, j : j + FW] * W[f]) + b[f]
    return out


def milliseconds(function):
    """Wall time of one call."""
    start = perf_counter()
    function()
    return 1000 * (perf_counter() - start)


random = np.random.default_rng(seed)
W, b = random.normal(size=(8, 1, 3, 3)), random.normal(size=8)
sizes = [8, 12, 16, 24, 32]
images = [random.normal(size=(2, 1, size, size)) for size in sizes]
loops = [milliseconds(lambda x=x: convolve_with_loops(x, W, b)) for x in images]
product = [min(milliseconds(lambda x=x: Convolution(W, b).forward(x)) for _ in range(5)) for x in images]

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.plot(sizes, loops, "o-", label="Python loops")
axes.plot(sizes, product, "o-", label="im2col and one product")
axes.set(xlabel="image height = width", ylabel="milliseconds", yscale="log", title="two images, eight 3×3 filters")
axes.legend()
plt.show()
print(f"at {sizes[-1]}×{sizes[-1]} pixels the matrix product is {loops[-1] / product[-1]:.0f} times faster")

# %% [markdown]
# ## Backward
#
# `dout` holds, for each output number, how much the loss changes with it. Put it into rows the way `forward` took its
# result out of rows: $D$, shape $(N\cdot OH\cdot OW,\; F_N)$. From $\text{out} = \text{col}\,W_{\text{flat}}^\top + b$
# the gradients are those of any linear layer:
#
# $$db = \sum_{\text{rows}} D, \qquad dW_{\text{flat}} = D^{\top}\text{col}, \qquad d\text{col} = D\,W_{\text{flat}}.$$
#
# They are **sums** over images and positions, not means. Turn $dW_{\text{flat}}$ back into the shape of $W$.
#
# $d\text{col}$ says how much the loss changes with each entry of the matrix. But `im2col` copied a pixel into as many
# rows as there are filter positions that see it, and its gradient is the **sum over all copies**. That is `col2im`: put
# every entry back where it came from and add up where patches overlap; then cut the padding off. Pixels that no
# position reaches (a stride that does not fit the size) get zero.
#
# For the 3×3 example with padding 1, `col2im` of a matrix of ones counts the copies of each pixel:
# $\begin{pmatrix}4&6&4\\6&9&6\\4&6&4\end{pmatrix}$.
#
# `col2im` is not the inverse of `im2col` but its **adjoint**: for every image $x$ and every matrix $y$,
#
# $$\langle \text{im2col}(x),\, y\rangle = \langle x,\, \text{col2im}(y)\rangle,$$
#
# where $\langle\cdot,\cdot\rangle$ is the sum of the products of all entries. Try it on random numbers: it is a sharp
# test of both functions.
#
# Write `col2im` below, then go back to the class above, write `backward`, and run that cell again.


# %% answer="col2im"
def col2im(col, image_shape, filter_h, filter_w, stride=1, pad=0):
    """Send every entry of a patch matrix back to the pixel it was copied from and add up: the adjoint of im2col.

    col: array (N * OH * OW, C * filter_h * filter_w), rows and columns ordered as in im2col; it is not changed.
    image_shape: (N, C, H, W) of the images without padding; the other arguments as in im2col.

    Returns an array (N, C, H, W).
    """
    ### BEGIN SOLUTION
    N, C, H, W = image_shape
    OH = output_size(H, filter_h, stride, pad)
    OW = output_size(W, filter_w, stride, pad)
    patches = col.reshape(N, OH, OW, C, filter_h, filter_w).transpose(0, 3, 4, 5, 1, 2)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=col.dtype)
    for y in range(filter_h):
        for x in range(filter_w):
            padded[:, :, y : y + stride * OH : stride, x : x + stride * OW : stride] += patches[:, :, y, x]
    return padded[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION


# %% check="backward"
check("im2col", question="backward")

# %% [markdown]
# ## Pooling
#
# Pooling shrinks a feature map: each channel is cut into windows, and of each window only the **largest** value is
# kept.
#
# $$\begin{pmatrix}1&3&2&0\\4&2&1&5\\0&1&9&8\\2&6&7&3\end{pmatrix}\to\begin{pmatrix}4&5\\6&9\end{pmatrix}
# \qquad\text{windows } 2\times 2,\ \text{stride } 2$$
#
# - Channels are not mixed: $(N, C, H, W)$ becomes $(N, C, OH, OW)$, with the output size from the formula above.
# - `stride=None` means windows side by side: `pool_h` pixels down and `pool_w` pixels across. An integer is used for
#   both axes; when it is smaller than the window, windows overlap.
# - Padding counts as $-\infty$, so it can never be the largest value, even if all pixels are negative. (The zeros of
#   `im2col`'s padding could.)
#
# **Backward.** A small change of a value that was not the largest changes nothing. So the whole gradient of a window
# goes to the pixel that won, and every other pixel of the window gets zero. If windows overlap, a pixel may win more
# than one: its gradients add up. Ties do not occur in the checks.


# %% answer="pooling"
class MaxPooling:
    """Max pooling: the largest value of each window, channel by channel."""

    def __init__(self, pool_h, pool_w, stride=None, pad=0):
        """pool_h, pool_w: window; stride: an int for both axes, or None for (pool_h, pool_w); pad: pixels of -inf."""
        self.pool_h = pool_h
        self.pool_w = pool_w
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        """x: float array (N, C, H, W), not changed. Returns (N, C, OH, OW). Keep here what backward will need."""
        ### BEGIN SOLUTION
        _, _, H, W = x.shape
        pad = self.pad
        down = self.stride or self.pool_h
        across = self.stride or self.pool_w
        OH = output_size(H, self.pool_h, down, pad)
        OW = output_size(W, self.pool_w, across, pad)
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
        # one strided slice per place in the window, as in im2col
        self.slices = [
            (..., slice(i, i + down * OH, down), slice(j, j + across * OW, across))
            for i in range(self.pool_h)
            for j in range(self.pool_w)
        ]
        values = np.stack([padded[place] for place in self.slices])
        self.winner = values.argmax(axis=0)
        self.x_shape = x.shape
        return values.max(axis=0)
        ### END SOLUTION

    def backward(self, dout):
        """dout: gradient for the last forward's output (N, C, OH, OW), not changed. Returns dx (N, C, H, W)."""
        ### BEGIN SOLUTION
        N, C, H, W = self.x_shape
        pad = self.pad
        padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
        for k, place in enumerate(self.slices):
            padded[place] += np.where(self.winner == k, dout, 0)
        return padded[:, :, pad : pad + H, pad : pad + W]
        ### END SOLUTION


# %% check="pooling"
check("im2col", question="pooling")

# %% tags=["demo"]
plane = abs(planes[:1])[None]
pooling = MaxPooling(2, 2)
pooled = pooling.forward(plane)
winners = pooling.backward(np.ones_like(pooled))

figure, row = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
panels = [
    (plane, "strength of vertical edges, 28×28"),
    (pooled, "after 2×2 max pooling, 14×14"),
    (winners, "the pixels that get gradient"),
]
for axes, (values, title) in zip(row, panels, strict=True):
    axes.imshow(values[0, 0], cmap="magma")
    axes.set_title(title)
    axes.axis("off")
plt.show()

# %% [markdown]
# ## Your layers learn
#
# Edge filters need not be drawn by hand. Below, your `Convolution` (six 5×5 filters, stride 2), a ReLU, your
# `MaxPooling` and one linear layer with softmax are trained on digits, with plain gradient descent and nothing but your
# own backward passes.

# %% tags=["demo"]
random = np.random.default_rng(seed)
conv = Convolution(random.normal(0, 0.05, (6, 1, 5, 5)), np.zeros(6), stride=2, pad=2)
pool = MaxPooling(2, 2)
V, v = random.normal(0, 0.06, (6 * 7 * 7, 10)), np.zeros(10)
first_filters = conv.W.copy()

images = digits.train_images[:1400].numpy().astype(np.float64)
labels = digits.train_labels[:1400].numpy()
held_out = slice(1200, None)  # the last 200 are for measuring


def predict(x):
    """The class of each image by the network as it is now."""
    return (pool.forward(np.maximum(conv.forward(x), 0)).reshape(len(x), -1) @ V + v).argmax(axis=1)


losses = []
for _ in range(epochs):
    order = random.permutation(1200)
    for rows in np.split(order, range(50, len(order), 50)):
        x, t = images[rows], labels[rows]
        feature = conv.forward(x)
        hidden = pool.forward(np.maximum(feature, 0)).reshape(len(x), -1)
        logits = hidden @ V + v
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[np.arange(len(x)), t]).mean())

        dlogits = p.copy()
        dlogits[np.arange(len(x)), t] -= 1
        dlogits /= len(x)
        dhidden = (dlogits @ V.T).reshape(len(x), 6, 7, 7)
        conv.backward(pool.backward(dhidden) * (feature > 0))
        for parameter, gradient in (
            (V, hidden.T @ dlogits),
            (v, dlogits.sum(axis=0)),
            (conv.W, conv.dW),
            (conv.b, conv.db),
        ):
            parameter -= 0.05 * gradient

figure = plt.figure(figsize=(11, 3.6), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.2])
axes = left.subplots()
axes.plot(losses)
axes.set(xlabel="batch", ylabel="cross-entropy", ylim=(0, None), title="your layers, trained by your gradients")
grid = right.subplots(2, 6)
for k in range(6):
    for axes, bank in zip(grid[:, k], (first_filters, conv.W), strict=True):
        axes.imshow(bank[k, 0], cmap="RdBu", vmin=-0.8, vmax=0.8)
        axes.set(xticks=[], yticks=[])
grid[0, 0].set_ylabel("before")
grid[1, 0].set_ylabel("after")
plt.show()
accuracy = (predict(images[held_out]) == labels[held_out]).mean()
print(f"right on {accuracy:.1%} of 200 digits it has not seen")
metrics.record(loss=losses[-1], accuracy=accuracy)

# %% [markdown]
# ## What to look at
#
# - **The `col` picture.** Diagonal stripes of equal numbers: every pixel appears once for each filter position that
#   sees it. At stride 1 `col` holds about $F_H\cdot F_W$ times as many numbers as the image. That memory is the price
#   of the speed.
# - **The edge filters.** Red and blue are negative and positive answers. The vertical filter answers to strokes that
#   run up and down and ignores the others; the blur answers everywhere. Which digit would give the two edge filters the
#   same picture? And the pale frame: the background of a normalised digit is about −0.42, the padding is 0, and where
#   they meet there is an edge that is not in the digit.
# - **The timing.** Both curves grow with the number of pixels, yet they lie far apart: the arithmetic is the same, the
#   Python interpreter's share is not.
# - **Pooling.** One pixel in four gets gradient. (In the flat background all four are equal and the first one wins,
#   which is as good as any.) Shift the digit by one pixel: how much of the pooled picture changes?
# - **The learned filters.** They start as faint noise. After training most of them have a bright and a dark side: they
#   are edge filters of one direction or another, and nobody drew them. Some stay faint: the network has no use for
#   them.
