# %% [markdown]
# # Let the gradient jump
#
# More layers should never hurt: the additional ones could do nothing at all. Yet stack thirty of them and the network
# learns worse than with three. You measure why, build the two blocks that solved it, ResNet's and DenseNet's, and give
# the Inception network of the last assignment a bridge over half of its layers.
#
# What you write, in this order:
#
# | you write | question | points |
# |---|---|---|
# | `gradient_norms` | `gradients` | 1 |
# | `ResidualBlock` | `residual_block` | 3 |
# | `DenseBlock` | `dense_block` | 1 |
# | `InceptionJumpNet` | `jump` | 3 |
# | `train`, `predict`, and your network trained by them | `accuracy` | 2 |
#
# The cell after each answer checks it. Run it as often as you like.

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto": the GPU where there is one
seed: int = 0  # start values of the networks and order of the batches
epochs: int = 6  # passes over the training images in the demos; the lecture compares after 4 on MNIST
data: str = "bundled"  # "bundled": 1,797 small scans, offline, seconds; "mnist": all 70,000 images of MNIST

# %% [markdown]
# ## Setup

# %% tags=["setup"]
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autograder import check

if device == "auto":
    device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## Where the gradient goes
#
# The lecture names three problems of stacked layers: vanishing gradients, back propagation that "kind of gives up", and
# *degradation*: with more depth the accuracy gets saturated and then falls.
#
# Take layers $x_{l} = f_l(x_{l-1})$, $l = 1 \dots L$. By the chain rule the gradient that reaches layer $l$ has passed
# every layer behind it:
#
# $$\frac{\partial E}{\partial x_l} = \frac{\partial E}{\partial x_L}\; J_L\, J_{L-1} \cdots J_{l+1},
# \qquad J_i = \frac{\partial f_i(x_{i-1})}{\partial x_{i-1}}$$
#
# When each $J_i$ makes vectors a little shorter, by a factor of 0.6 say, thirty of them leave
# $0.6^{30} \approx 2 \cdot 10^{-7}$ of the gradient. The first layers do not learn. Now let every layer *add* to what
# it was given:
#
# $$x_l = x_{l-1} + f_l(x_{l-1}) \quad\Longrightarrow\quad
# \frac{\partial x_l}{\partial x_{l-1}} = I + J_l$$
#
# The $I$ is the lecture's point: the derivative of $x$ is always 1, so one way back is always open, whatever the layers
# do. What the layers learn is the *residual*, $F(x) = H(x) - x$: the difference to what was there already.
#
# Measure it. A network of `depth` layers, each `nn.Linear(width, width)` as torch starts it, bias included, then tanh:
#
# - plain: $x \leftarrow \tanh(W_l\, x + b_l)$
# - residual: $x \leftarrow x + \tanh(W_l\, x + b_l)$
#
# Put in 64 rows drawn from $\mathcal N(0, 1)$, take the mean squared error (`F.mse_loss`) between what comes out and a
# target drawn from $\mathcal N(0, 1)$, go backward once, and write down for every layer the norm of the gradient of its
# weight matrix: $\lVert \partial E / \partial W_l \rVert = \sqrt{\sum_{ij} (\partial E / \partial W_{l,ij})^2}$.


# %% answer="gradient_norms"
def gradient_norms(depth: int, width: int, residual: bool, seed: int = 0) -> list[float]:
    """The norm of the gradient of every layer's weight matrix, the first layer's first: `depth` numbers.

    `depth` layers nn.Linear(width, width) with torch's default start; x = tanh(layer(x)) after each, or with `residual`
    x = x + tanh(layer(x)). Input: 64 rows from N(0, 1). Loss: the mean squared error to a target `(64, width)` from
    N(0, 1). Everything is drawn from `seed`: the same seed gives the same numbers, another seed others.
    """
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    x, target = torch.randn(64, width), torch.randn(64, width)
    for layer in layers:
        step = torch.tanh(layer(x))
        x = x + step if residual else step
    F.mse_loss(x, target).backward()
    return [layer.weight.grad.norm().item() for layer in layers]
    ### END SOLUTION


# %% check="gradients"
check("residual", question="gradients")

# %% [markdown]
# ### Thirty layers, plain and residual
#
# Left: the gradient of every layer of a network of 30, on a logarithmic scale: each grid line is a factor. Right: what
# arrives at the *first* layer when the network gets deeper.

# %% tags=["demo"]
import matplotlib.pyplot as plt

from autograder import metrics
from autograder.data import load

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6))
depths = [2, 5, 10, 20, 30, 40, 50]
for name, residual in (("plain", False), ("residual", True)):
    runs = np.array([gradient_norms(30, 32, residual, start) for start in range(seed, seed + 10)])
    left.plot(np.arange(1, 31), np.exp(np.log(runs).mean(axis=0)), marker=".", label=name)
    left.fill_between(np.arange(1, 31), runs.min(axis=0), runs.max(axis=0), alpha=0.2)
    firsts = [np.mean([gradient_norms(depth, 32, residual, start)[0] for start in range(5)]) for depth in depths]
    right.plot(depths, firsts, marker="o", label=name)
left.set(xlabel="layer (1 is the first)", ylabel="norm of the gradient", yscale="log", title="Depth 30, ten seeds")
right.set(xlabel="depth", ylabel="norm of the gradient", yscale="log", title="What reaches the first layer")
for axis in (left, right):
    axis.grid(True, alpha=0.3)
    axis.legend()
figure.tight_layout()

# %% [markdown]
# ## The residual block
#
# ResNet's block for images. Two 3×3 convolutions, each with batch normalisation, are the path $F$; the way around
# them is the shortcut:
#
# $$y = \operatorname{ReLU}\bigl(F(x) + x\bigr), \qquad
# F(x) = \mathrm{BN}(\mathrm{conv}_{3\times3}(\operatorname{ReLU}(\mathrm{BN}(\mathrm{conv}_{3\times3}(x)))))$$
#
# Mind the order: the sum comes *after* the second batch norm and *before* the last ReLU. Padding 1 keeps height
# and width.
#
# The sum needs both sides in the same shape. A block that changes the number of channels, or that goes in steps of 2
# (the **stride**, in the first convolution), gives $F(x)$ another shape than $x$. Then, and only then, the shortcut is
# a **projection**: a 1×1 convolution with the same stride, and a batch norm behind it.
#
# | | main path | shortcut |
# |---|---|---|
# | `ResidualBlock(16, 16)` | `(N, 16, H, W)` | x itself |
# | `ResidualBlock(16, 32)` | `(N, 32, H, W)` | 1×1, 16 → 32, BN |
# | `ResidualBlock(16, 16, stride=2)` | `(N, 16, ⌈H/2⌉, ⌈W/2⌉)` | 1×1 with stride 2, BN |
#
# A convolution right before a batch norm needs no bias: the norm subtracts it again. You may keep it, it does no harm.
#
# One consequence you can test: set γ and β of the *last* batch norm to 0, and $F$ is 0. Then a block with a plain
# shortcut is exactly $\operatorname{ReLU}(x)$, and its gradient is 1 where x > 0: nothing is lost on the way.
#
# Do not work in place on what you were given: `x += …` or `F.relu(x, inplace=True)` changes the caller's tensor, and
# the backward pass needs it as it was.


# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    """ResNet's block: `(N, in_channels, H, W)` -> `(N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉)`.

    Main path: 3×3 convolution (stride, padding 1), BatchNorm2d, ReLU, 3×3 convolution (stride 1, padding 1),
    BatchNorm2d. Shortcut: x itself; where channels or stride change the shape, a 1×1 convolution with that stride and a
    BatchNorm2d. The result is ReLU(main path + shortcut).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.path = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Identity()
        if in_channels != out_channels or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps `(N, in_channels, H, W)` to `(N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉)`."""
        ### BEGIN SOLUTION
        return F.relu(self.path(x) + self.shortcut(x))
        ### END SOLUTION


# %% check="residual_block"
check("residual", question="residual_block")

# %% [markdown]
# ## The dense block
#
# DenseNet keeps the idea and changes the sum into a list. A layer does not add to its input, it *appends* to it:
# `k` new maps (k is the **growth rate**) beside all that were there, so that every layer reads what all layers before
# it wrote.
#
# $$x_i = \bigl[x_{i-1},\; \mathrm{conv}_{3\times3}(\operatorname{ReLU}(\mathrm{BN}(x_{i-1})))\bigr],
# \qquad i = 1 \dots L$$
#
# Here the order inside a layer is batch norm, ReLU, convolution: the norm belongs to what is read. Layer number i,
# counted from 0, reads exactly in + k·i channels, and the block gives in + k·L. The input comes first and unchanged,
# then the new maps in the order they were made. The lecture's figure has 5 layers with k = 4: its block adds 20
# channels.


# %% answer="DenseBlock"
class DenseBlock(nn.Module):
    """DenseNet's block: `(N, in_channels, H, W)` -> `(N, in_channels + growth_rate·layers, H, W)`.

    Each layer is BatchNorm2d, ReLU, 3×3 convolution (padding 1) to growth_rate channels, and reads the input and
    everything the layers before it made. The result is the input, then the new maps of each layer in turn.
    """

    def __init__(self, in_channels: int, growth_rate: int, layers: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(in_channels + growth_rate * number),
                nn.ReLU(),
                nn.Conv2d(in_channels + growth_rate * number, growth_rate, 3, padding=1),
            )
            for number in range(layers)
        )
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps `(N, in_channels, H, W)` to `(N, in_channels + growth_rate·layers, H, W)`."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x
        ### END SOLUTION


# %% check="dense_block"
check("residual", question="dense_block")

# %% [markdown]
# ### Add or append
#
# A picture of 16 maps passes four blocks of each kind. Adding keeps the size, appending makes it grow: DenseNet shrinks
# its maps between blocks for that reason.

# %% tags=["demo"]
torch.manual_seed(seed)
maps = torch.randn(2, 16, 14, 14)
added, appended, widths = maps, maps, {"residual blocks": [16], "dense blocks": [16]}
with torch.no_grad():
    for _ in range(4):
        added = ResidualBlock(added.shape[1], added.shape[1])(added)
        appended = DenseBlock(appended.shape[1], 4, 5)(appended)
        widths["residual blocks"].append(added.shape[1])
        widths["dense blocks"].append(appended.shape[1])
for name, channels in widths.items():
    print(f"{name}: channels", " → ".join(map(str, channels)))

# %% [markdown]
# ## A bridge in the Inception network
#
# This is the block you built in the last assignment, given here so that this notebook stands alone: four branches side
# by side, 16 + 24 + 24 + 24 = 88 channels, height and width kept.


# %% tags=["setup"]
class InceptionA(nn.Module):
    """The lecture's Inception block: `(N, in_channels, H, W)` -> `(N, 88, H, W)`, no ReLU inside."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, 16, 1)
        self.branch5 = nn.Sequential(nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 5, padding=2))
        self.branch3 = nn.Sequential(
            nn.Conv2d(in_channels, 16, 1), nn.Conv2d(16, 24, 3, padding=1), nn.Conv2d(24, 24, 3, padding=1)
        )
        self.pool = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), nn.Conv2d(in_channels, 24, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The results of the four branches, one after the other along the channels."""
        return torch.cat([self.branch1(x), self.branch5(x), self.branch3(x), self.pool(x)], dim=1)


# %% [markdown]
# The lecture's network adds a **jump** to it: what the first Inception block gives goes through one large convolution,
# around everything that follows, and is added to what the second one gives.
#
# ```text
# image → conv 5×5 → pool → ReLU → InceptionA ─┬─→ conv 5×5 → pool → ReLU → InceptionA ─→ + → flatten → Linear → log p
#                                              └─────────── conv 9×9 (the jump) ──────────┘
# ```
#
# The sum works only if both ways end in the same shape. Do the arithmetic before you write code. A convolution with a
# k×k filter and no padding turns n into n − k + 1:
#
# | main path | shape | jump | shape |
# |---|---|---|---|
# | image | (1, 28, 28) | | |
# | convolution 5×5, 1 → 10 | (10, 24, 24) | | |
# | max pooling 2×2, ReLU | (10, 12, 12) | | |
# | first InceptionA | (88, 12, 12) | from here | (88, 12, 12) |
# | convolution 5×5, 88 → 20 | (20, 8, 8) | convolution 9×9, 88 → 88 | **(88, 4, 4)**, as 12 − 9 + 1 = 4 |
# | max pooling 2×2, ReLU | (20, 4, 4) | | |
# | second InceptionA | **(88, 4, 4)** | | |
# | sum, then flatten | 88·4·4 = 1408 | | |
#
# So a filter of 9 is no taste: it is the only size that fits without padding and stride. There is nothing between the
# jump and the sum, no ReLU and no batch norm, and nothing between the sum and the Linear layer.
#
# The network ends in `log_softmax` over the classes: log-probabilities. What goes with them is the negative log
# likelihood, `F.nll_loss`. (`F.cross_entropy` takes the log_softmax once more; of log-probabilities that changes
# nothing, and it is accepted.)


# %% answer="InceptionJumpNet"
class InceptionJumpNet(nn.Module):
    """Inception with a jump: images `(N, 1, 28, 28)` -> log-probabilities `(N, num_classes)`.

    Conv2d(1, 10, 5), MaxPool2d(2), ReLU, InceptionA(10) -> a: `(N, 88, 12, 12)`
    Conv2d(88, 20, 5), MaxPool2d(2), ReLU, InceptionA(20) of a -> b: `(N, 88, 4, 4)`
    jump = Conv2d(88, 88, 9) of a: `(N, 88, 4, 4)`
    b + jump, flattened to `(N, 1408)`, Linear(1408, num_classes), log_softmax over the classes
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.incept1 = InceptionA(10)
        self.conv2 = nn.Conv2d(88, 20, 5)
        self.incept2 = InceptionA(20)
        self.jump = nn.Conv2d(88, 88, 9)
        self.fc = nn.Linear(1408, num_classes)
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities `(N, num_classes)` of images `(N, 1, 28, 28)`."""
        ### BEGIN SOLUTION
        first = self.incept1(F.relu(F.max_pool2d(self.conv1(images), 2)))
        second = self.incept2(F.relu(F.max_pool2d(self.conv2(first), 2)))
        return F.log_softmax(self.fc((second + self.jump(first)).flatten(1)), dim=1)
        ### END SOLUTION


# %% check="jump"
check("residual", question="jump")

# %% [markdown]
# ### What the jump costs
#
# 88·88·9·9 weights and 88 biases: look at the bar before you call it a shortcut.

# %% tags=["demo"]
torch.manual_seed(seed)
net = InceptionJumpNet(10)
sizes = {}
for parameter in net.parameters():
    if parameter.ndim == 4:
        kernel = f"{parameter.shape[2]}×{parameter.shape[3]}"
        sizes[kernel] = sizes.get(kernel, 0) + parameter.numel()
sizes["Linear"] = sum(p.numel() for p in net.parameters() if p.ndim == 2)
figure, axis = plt.subplots(figsize=(8, 2.4))
axis.barh(list(sizes), list(sizes.values()), color=["tab:red" if k == "9×9" else "tab:blue" for k in sizes])
for position, count in enumerate(sizes.values()):
    axis.text(count, position, f" {count:,}", va="center", fontsize=9)
axis.set(xlabel="weights", title="Weights by filter size (9×9 is the jump)", xlim=(0, 1.15 * max(sizes.values())))
figure.tight_layout()

# %% [markdown]
# ## Training and predicting
#
# As before, with one change: the network gives log-probabilities, so the loss of a batch is the negative log
# likelihood, $-\frac1N \sum_n \log p_{n,\,\text{label}_n}$. Each batch is one step: forget the old
# gradients, go backward, step.


# %% answer="train"
def train(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    epochs: int,
    batch_size: int = 64,
    lr: float = 1e-3,
    seed: int = 0,
    device: str = "cpu",
) -> list[float]:
    """Train `model` in place with Adam(lr) on the negative log likelihood; return one loss per epoch.

    model: takes images `(N, 1, H, W)`, returns log-probabilities `(N, K)`. images: float32 `(N, 1, H, W)`. labels:
    int64 `(N,)`. Model and batches are moved to `device`.
    Each epoch uses every row once, in batches of `batch_size`, the last short batch kept. The order is drawn anew each
    epoch from `seed`: the same seed and the same model give the same list, another seed another order.
    The loss of an epoch is the mean over its rows of the losses met while training (the mean over its batches is fine).
    """
    ### BEGIN SOLUTION
    model.to(device).train()
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(images), generator=generator).to(device).split(batch_size):
            loss = F.nll_loss(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        history.append(total / len(images))
    return history
    ### END SOLUTION


# %% [markdown]
# ### Predicting
#
# The class with the largest log-probability, in evaluation mode, without gradients; afterwards the mode is the one you
# found.


# %% answer="predict"
def predict(model: nn.Module, images: torch.Tensor, *, batch_size: int = 256, device: str = "cpu") -> torch.Tensor:
    """The most likely class of every image: int64 `(N,)`, on the CPU, in the order of the images.

    model: takes images `(N, 1, H, W)`, returns log-probabilities `(N, K)`. images: float32 `(N, 1, H, W)`.
    Works through `batch_size` images at a time on `device`, in evaluation mode and without gradients; leaves the model
    in the mode it found it in.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        classes = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train(was_training)
    return torch.cat(classes)
    ### END SOLUTION


# %% [markdown]
# ### Thirty layers that learn, and thirty that do not
#
# The two networks whose gradients you measured, now trained on digits by your `train`: a Linear layer into 32 numbers,
# thirty layers of tanh, plain or residual, a Linear layer into 10 classes. They have exactly the same weights to learn.


# %% tags=["demo"]
class Deep(nn.Module):
    """784 → 32, `depth` layers of tanh, 32 → 10, log_softmax."""

    def __init__(self, depth: int, residual: bool) -> None:
        super().__init__()
        self.first, self.last, self.residual = nn.Linear(784, 32), nn.Linear(32, 10), residual
        self.layers = nn.ModuleList(nn.Linear(32, 32) for _ in range(depth))

    def forward(self, images):
        x = self.first(images.flatten(1))
        for layer in self.layers:
            step = torch.tanh(layer(x))
            x = x + step if self.residual else step
        return F.log_softmax(self.last(x), dim=1)


digits = load(data)
right_share = {}
figure, axis = plt.subplots(figsize=(7, 3.4))
for name, residual in (("plain", False), ("residual", True)):
    torch.manual_seed(seed)
    deep = Deep(30, residual)
    history = train(deep, digits.train_images, digits.train_labels, epochs=10, seed=seed, device=device)
    share = (predict(deep, digits.test_images, device=device) == digits.test_labels).double().mean().item()
    axis.plot(np.arange(1, 11), history, marker=".", label=f"{name}, test accuracy {share:.3f}")
axis.axhline(np.log(10), color="grey", linestyle=":", label="log 10: knows nothing")
axis.set(xlabel="epoch", ylabel="negative log likelihood", title="Thirty layers of tanh", ylim=(0, 2.6))
axis.legend()
figure.tight_layout()

# %% [markdown]
# ## With and without the jump
#
# The lecture's comparison, after 4 epochs of MNIST: 0.9771 of the test images right without the jump, 0.9760 with it.
# (Those two numbers are the lecture's; whatever is printed below was measured just now.)
#
# The question asks for 0.93 of the bundled test images after 6 epochs, or 0.97 of MNIST's after 4.


# %% tags=["demo"]
class NoJump(nn.Module):
    """The Inception network of the last assignment, the jump left out."""

    def __init__(self) -> None:
        super().__init__()
        self.front = nn.Sequential(nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), InceptionA(10))
        self.back = nn.Sequential(nn.Conv2d(88, 20, 5), nn.MaxPool2d(2), nn.ReLU(), InceptionA(20))
        self.fc = nn.Linear(1408, 10)

    def forward(self, images):
        return F.log_softmax(self.fc(self.back(self.front(images)).flatten(1)), dim=1)


def first_gradient(net):
    """The norm of the gradient at the first convolution, one batch, nothing learnt yet."""
    net.to(device).zero_grad()
    F.nll_loss(net(digits.train_images[:64].to(device)), digits.train_labels[:64].to(device)).backward()
    return next(p for p in net.parameters() if p.shape == (10, 1, 5, 5)).grad.norm().item()


figure, axis = plt.subplots(figsize=(7, 3.4))
for name, kind in (("without the jump", NoJump), ("with the jump", InceptionJumpNet)):
    torch.manual_seed(seed)
    net = kind()
    reached = first_gradient(net)
    history = train(net, digits.train_images, digits.train_labels, epochs=epochs, seed=seed, device=device)
    share = (predict(net, digits.test_images, device=device) == digits.test_labels).double().mean().item()
    axis.plot(np.arange(1, epochs + 1), history, marker=".", label=f"{name}, test accuracy {share:.3f}")
    weights = sum(p.numel() for p in net.parameters())
    print(f"{name}: {weights:,} weights, first gradient {reached:.4f}, test accuracy {share:.3f} after {epochs} epochs")
axis.set(xlabel="epoch", ylabel="negative log likelihood", yscale="log", title="Training loss")
axis.legend()
figure.tight_layout()
metrics.record(net, loss=history[-1], accuracy=share)

# %% check="accuracy"
check("residual", question="accuracy")

# %% [markdown]
# ## What to look at
#
# - **The gradients.** The plain line is straight on a logarithmic scale: every layer takes the same factor away, and
#   thirty of them take nearly everything. The residual line is almost flat: the first layer hears what the last one
#   hears. Nothing was tuned for that, the $I$ in $I + J$ is enough.
# - **Thirty layers on digits.** Same weights, same steps, same learning rate. The plain network stays near log 10, as
#   if it had seen no image. This is no overfitting, its *training* loss is bad: the lecture calls it degradation.
# - **The block.** Where γ and β of the last batch norm are 0, the block does nothing but ReLU. A deep network of such
#   blocks starts as a shallow one and grows deeper while it learns; many ResNets are started that way on purpose.
# - **Add or append.** A sum forgets who said what, and keeps its size. A list remembers, and grows.
# - **With and without the jump.** The loss falls faster with the jump, from the first epoch on. But count: the 9×9
#   convolution has several times the weights of all the rest, and the network under it is not deep: nothing was
#   vanishing here. After 4 epochs the lecture's figures for both differ by a tenth of a percent, the wrong way round. A
#   jump is worth its price where the gradient needs one.
