# %% [markdown]
# # The same task with weights that are not wasted
#
# A fully connected layer does not know that pixels have neighbours. A convolution knows little else: it looks at 5×5
# pixels at a time and uses the same 25 weights everywhere. You build the lecture's convolutional network for the ten
# digits, count what it costs, look into it with hooks while it runs, and train it until it beats the two-layer network
# with about half its weights.
#
# What you write, in this order:
#
# | you write | question | points |
# |---|---|---|
# | `CNNClassifier` | `architecture` | 3 |
# | `count_parameters` | `parameters` | 1 |
# | `feature_shapes` | `shapes` | 1 |
# | `weight_init`, `train`, `predict` | `train` | 2 |
# | nothing new: your network, trained by you | `accuracy` | 3 |
#
# The cell after each answer checks it. Run it as often as you like.

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto": the GPU where there is one
seed: int = 0  # start values of the networks and order of the batches
epochs: int = 12  # passes over the training images in the demo; 3 are enough for the accuracy asked
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
# ## The data
#
# The images are those of the two-layer classifier: float32 `(N, 1, 28, 28)`, grey values normalised with mean 0.1307
# and standard deviation 0.3081, labels int64 `(N,)`. One thing changes: they stay images. Nothing is laid out as a row
# of 784 numbers before the convolutions have seen it.

# %% tags=["demo"]
import matplotlib.pyplot as plt

from autograder import metrics
from autograder.data import load

digits = load(data)
print("training images", tuple(digits.train_images.shape), "test images", tuple(digits.test_images.shape))

figure, axes = plt.subplots(1, 10, figsize=(12, 1.8))
for digit, axis in enumerate(axes):
    first = int((digits.train_labels == digit).nonzero()[0])
    axis.imshow(digits.train_images[first, 0], cmap="gray")
    axis.set_title(digit)
    axis.axis("off")
figure.suptitle("One training image of each class")
figure.tight_layout()

# %% [markdown]
# ## Wasted weights
#
# A **convolution** slides a small filter over the image and writes down, at each place, how well it fits. With C input
# channels, O filters of 5×5 and no padding, output channel o of image n at row i, column j is
#
# $$y_{n,o,i,j} = b_o + \sum_{c=1}^{C} \sum_{u=0}^{4} \sum_{v=0}^{4} w_{o,c,u,v}\; x_{n,c,i+u,j+v}$$
#
# and a 28×28 image becomes O maps of 24×24, because the filter fits in 28 − 5 + 1 = 24 places per axis.
#
# Ten such maps are 10·24·24 = 5,760 numbers. A fully connected layer from 784 pixels to 5,760 numbers has
# 784·5,760 + 5,760 = 4,521,600 weights. The convolution is that same layer with two rules: a number may look at 25
# neighbouring pixels only (all its other weights are 0), and the 576 numbers of one map share their weights. What
# remains is 10·25 + 10 = **260**. The lecture's slide calls the others *wasted weights*.
#
# The second rule has a consequence you can measure: move the digit, and its maps move with it.
#
# ## The network
#
# The lecture's network has eight stages that work on images, the **features**:
#
# | stage | output, for images `(N, 1, 28, 28)` |
# |---|---|
# | convolution, 1 → 10 channels, 5×5 | `(N, 10, 24, 24)` |
# | batch normalisation | `(N, 10, 24, 24)` |
# | max pooling, 2×2 | `(N, 10, 12, 12)` |
# | ReLU | `(N, 10, 12, 12)` |
# | convolution, 10 → 20 channels, 5×5 | `(N, 20, 8, 8)` |
# | batch normalisation | `(N, 20, 8, 8)` |
# | max pooling, 2×2 | `(N, 20, 4, 4)` |
# | ReLU | `(N, 20, 4, 4)` |
#
# and then a small fully connected **head** on the 20·4·4 = 320 numbers of each image: Linear 320 → 50, batch
# normalisation, ReLU, Linear 50 → number of classes.
#
# **Batch normalisation of images** has one mean, one variance, one γ and one β per *channel*: the m numbers it averages
# are those of all images and all places, $m = N \cdot H \cdot W$. That is `nn.BatchNorm2d(channels)`.
#
# **Max pooling** keeps the largest of each 2×2 block: whether a feature was found matters more than exactly where.
#
# Three things to mind.
#
# - **Logits.** The lecture's class ends in `nn.Softmax()`, because it goes on with one-hot labels. `F.cross_entropy`
#   wants logits, as in the last assignment: nothing after the last Linear layer.
# - **From maps to rows.** The lecture writes `feature.view(-1, 320)`. That is right for these images, and for others it
#   can quietly cut rows through the middle of an image. `flatten(1)` keeps the axis of the images: row n is image n,
#   channel after channel, each row by row.
# - **torch's defaults.** No padding, stride 1 in the convolutions, a bias in every convolution and Linear layer. For
#   ten classes that makes exactly 22,000 trainable numbers.


# %% answer="CNNClassifier"
class CNNClassifier(nn.Module):
    """The lecture's convolutional network: images `(N, 1, 28, 28)` -> logits `(N, num_classes)`.

    `.features` is a module of its own, `(N, 1, 28, 28)` -> `(N, 20, 4, 4)`, and takes images of other sizes, too:
    Conv2d(1, 10, 5), BatchNorm2d, MaxPool2d(2), ReLU, Conv2d(10, 20, 5), BatchNorm2d, MaxPool2d(2), ReLU.
    The head takes them as rows `(N, 320)`: Linear(320, 50), BatchNorm1d, ReLU, Linear(50, num_classes), then nothing.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.features = nn.Sequential(
            nn.Conv2d(1, 10, 5),
            nn.BatchNorm2d(10),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(10, 20, 5),
            nn.BatchNorm2d(20),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Linear(320, 50), nn.BatchNorm1d(50), nn.ReLU(), nn.Linear(50, num_classes))
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits `(N, num_classes)` of images `(N, 1, 28, 28)`."""
        ### BEGIN SOLUTION
        return self.head(self.features(images).flatten(1))
        ### END SOLUTION


# %% check="architecture"
check("cnn_classifier", question="architecture")

# %% [markdown]
# ## Counting weights
#
# A parameter is a tensor that the optimiser may change; how many numbers it holds says `numel()`. A network's
# `parameters()` are those of all its layers, however deep, each once. Some can be **frozen**: `requires_grad` is False
# and training leaves them alone. **Buffers**, such as the running averages of batch normalisation, are no parameters:
# they are saved with the network, but nobody takes their gradient.


# %% answer="count_parameters"
def count_parameters(module: nn.Module) -> int:
    """How many single numbers of `module` training can change: all entries of its trainable parameters.

    Frozen parameters and buffers do not count; a parameter that two layers share counts once.
    `count_parameters(nn.Linear(4, 3))` is 15.
    """
    ### BEGIN SOLUTION
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
    ### END SOLUTION


# %% check="parameters"
check("cnn_classifier", question="parameters")

# %% [markdown]
# ### Where the weights are
#
# The network below has as many as the table says. Look at which layer has most of them: it is not a convolution.

# %% tags=["demo"]
torch.manual_seed(seed)
cnn = CNNClassifier(10)
layers = [(type(m).__name__, count_parameters(m)) for m in cnn.modules() if not list(m.children())]
layers = [(kind, count) for kind, count in layers if count]
two_layers = nn.Sequential(nn.Linear(784, 50), nn.BatchNorm1d(50), nn.ReLU(), nn.Linear(50, 10))
bars = [
    *layers,
    ("CNNClassifier, all of it", count_parameters(cnn)),
    ("the two-layer network, all of it", count_parameters(two_layers)),
    ("fully connected 784 → 5,760", 784 * 5760 + 5760),
]

figure, axis = plt.subplots(figsize=(10, 3.4))
colours = ["tab:blue"] * len(layers) + ["tab:green", "tab:orange", "tab:red"]
positions = np.arange(len(bars))
axis.barh(positions, [count for _, count in bars], color=colours)
for position, (_, count) in zip(positions, bars, strict=True):
    axis.text(count * 1.1, position, f"{count:,}", va="center", fontsize=9)
axis.set(xscale="log", xlim=(10, 5e7), yticks=positions, yticklabels=[kind for kind, _ in bars])
axis.set(xlabel="trainable numbers (logarithmic)", title="What each layer costs")
axis.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# ## Looking inside: hooks
#
# A network returns its last result only. To see the others without rewriting `forward`, ask torch to call you: a
# **forward hook** is a function that a module calls each time it has run.
#
# ```python
# def hook(module, inputs, output):
#     ...                                           # output: what the module is about to return
#
# handle = layer.register_forward_hook(hook)
# network(images)                                    # hook is called when `layer` has run
# handle.remove()                                    # without this it is called forever
# ```
#
# Hooks see what *runs*. A layer that is used twice calls its hook twice; a layer that is never used does not call it;
# and the order is that of running, which need not be the order of the lines in `__init__`.
#
# Looking must not change what is looked at. In training mode a pass moves the running averages of batch normalisation;
# so run in evaluation mode, and leave the module in the mode you found it in.


# %% answer="feature_shapes"
def feature_shapes(module: nn.Module, images: torch.Tensor) -> list[tuple]:
    """The shape of what every child of `module` gives when `module(images)` runs, N included, in running order.

    Children are those of `module.children()`, not their children in turn. One that runs twice is in the list twice,
    one that does not run is not in it. Measured by forward hooks, which are removed afterwards; the module's mode and
    its buffers (running averages) are left as they were found.
    """
    ### BEGIN SOLUTION
    shapes: list[tuple] = []
    hooks = [
        child.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
        for child in module.children()
    ]
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            module(images)
    finally:
        module.train(was_training)
        for hook in hooks:
            hook.remove()
    return shapes
    ### END SOLUTION


# %% check="shapes"
check("cnn_classifier", question="shapes")

# %% [markdown]
# ### Your network, stage by stage
#
# The same features for two image sizes: a convolution does not mind. The head does, its first layer wants 320 numbers.

# %% tags=["demo"]
for size in ((28, 28), (40, 64)):
    shapes = feature_shapes(cnn.features, torch.zeros(2, 1, *size))
    print(f"images (2, 1, {size[0]}, {size[1]}):", " → ".join(str(shape[1:]) for shape in shapes))

# %% [markdown]
# ## The start
#
# The lecture starts the network with small random numbers: convolutions and Linear layers with weights from
# $\mathcal N(0,\, 0.02^2)$, batch normalisation with γ from $\mathcal N(1,\, 0.02^2)$ and β = 0, Linear biases 0.
# It leaves the biases of the convolutions alone.
#
# `net.apply(weight_init)` calls `weight_init` on every module in `net`, on the layers and on what they are part of.
# So look at which kind of module you were given, and leave every other kind alone. Change weights in place
# (`nn.init.normal_`, or `module.weight.data.normal_`): the optimiser holds on to those tensors.


# %% answer="weight_init"
def weight_init(module: nn.Module) -> None:
    """Give one layer the lecture's start, in place; made for `net.apply(weight_init)`.

    Conv2d: weights N(0, 0.02), bias left alone. BatchNorm1d and BatchNorm2d: weights N(1, 0.02), bias 0.
    Linear: weights N(0, 0.02), bias 0. Any other module: nothing. (0.02 is the standard deviation.)
    """
    ### BEGIN SOLUTION
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    ### END SOLUTION


# %% [markdown]
# ## Training and predicting
#
# The two functions of the last assignment, with one line less: the network takes images, so nothing is flattened.
#
# One **epoch** goes through all rows once, in batches, in an order drawn anew each time. One **step** is
#
# 1. logits of the batch, and their cross-entropy with the labels (the mean over the batch),
# 2. forget the old gradients: `optimizer.zero_grad()`, because `backward()` *adds* to them,
# 3. `loss.backward()`, 4. `optimizer.step()`.
#
# Be careful with the second one. This network learns so well that you would not see it in the accuracy when
# `zero_grad` is missing; the check looks at the weights after a few steps.
#
# The last batch of an epoch is often shorter than `batch_size`: it counts too.


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
    """Train `model` in place with Adam(lr) on the cross-entropy of its logits; return one loss per epoch.

    model: takes images `(N, 1, H, W)`, returns logits `(N, K)`. images: float32 `(N, 1, H, W)`. labels: int64 `(N,)`.
    Model and batches are moved to `device`.
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
            loss = F.cross_entropy(model(images[batch]), labels[batch])
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
# The class with the largest logit wins. Evaluation mode, so that batch normalisation uses its running averages, and no
# gradients; afterwards the mode is the one you found (`model.training` says which).


# %% answer="predict"
def predict(model: nn.Module, images: torch.Tensor, *, batch_size: int = 256, device: str = "cpu") -> torch.Tensor:
    """The most likely class of every image: int64 `(N,)`, on the CPU, in the order of the images.

    model: takes images `(N, 1, H, W)`, returns logits `(N, K)`. images: float32 `(N, 1, H, W)`.
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


# %% check="train"
check("cnn_classifier", question="train")

# %% [markdown]
# ## The network at work
#
# Your `CNNClassifier`, started by your `weight_init`, beside a fully connected network with about as many weights: 28
# hidden units, 22,326 numbers. Same images, same steps, same learning rate.
#
# The question asks for 3 epochs, whatever `epochs` says, and for 0.93 of the test images on the bundled digits and
# 0.985 on MNIST.

# %% tags=["demo"]
torch.manual_seed(seed)
dense = nn.Sequential(nn.Flatten(), nn.Linear(784, 28), nn.BatchNorm1d(28), nn.ReLU(), nn.Linear(28, 10))
cnn = CNNClassifier(10)
cnn.apply(weight_init)
filters_before = next(p for p in cnn.parameters() if p.shape == (10, 1, 5, 5)).detach().clone()

histories, accuracies = {}, {}
for name, net in (("CNNClassifier", cnn), ("fully connected", dense)):
    histories[name] = train(net, digits.train_images, digits.train_labels, epochs=epochs, seed=seed, device=device)
    right = predict(net, digits.test_images, device=device) == digits.test_labels
    accuracies[name] = right.double().mean().item()
    print(f"{name}: {count_parameters(net):,} weights, test accuracy {accuracies[name]:.3f} after {epochs} epochs")

figure, axis = plt.subplots(figsize=(7, 3.4))
for name, history in histories.items():
    axis.plot(np.arange(1, epochs + 1), history, marker=".", label=f"{name}, test accuracy {accuracies[name]:.3f}")
axis.set(xlabel="epoch", ylabel="cross-entropy", yscale="log", title="Training loss")
axis.legend()
figure.tight_layout()
metrics.record(cnn, loss=histories["CNNClassifier"][-1], accuracy=accuracies["CNNClassifier"])

# %% check="accuracy"
check("cnn_classifier", question="accuracy")

# %% [markdown]
# ### What the filters became
#
# The ten 5×5 filters of the first convolution: as they started, as they are now, and the difference, which is what
# training added. Red is positive, blue negative, each picture has its own scale. The noise of the start is still there,
# as nothing makes it go away; look at the third row.

# %% tags=["demo"]
filters_after = next(p for p in cnn.parameters() if p.shape == (10, 1, 5, 5)).detach().cpu()
rows = {"before": filters_before, "after": filters_after, "added": filters_after - filters_before}
figure, axes = plt.subplots(3, 10, figsize=(12, 4.2))
for row, (name, filters) in enumerate(rows.items()):
    for number, axis in enumerate(axes[row]):
        limit = filters[number].abs().max()
        axis.imshow(filters[number, 0], cmap="RdBu_r", vmin=-limit, vmax=limit)
        axis.set(xticks=[], yticks=[])
        if row == 0:
            axis.set_title(f"filter {number}", fontsize=9)
    axes[row, 0].set_ylabel(name)
figure.suptitle("First convolution: weights of the ten 5×5 filters")
figure.tight_layout()

# %% [markdown]
# ### What one digit becomes
#
# One test image on its way through the features, stage by stage, seen by hooks. Each row is one stage, each small
# picture one channel (of the second half, the first ten of twenty). Bright is large.


# %% tags=["demo"]
def maps_of(features, image):
    """(name, maps) of every child of `features` in running order, for one image."""
    found = []
    hooks = [
        child.register_forward_hook(lambda m, _, out: found.append((type(m).__name__, out[0].detach().cpu().clone())))
        for child in features.children()
    ]
    cnn.eval()
    with torch.no_grad():
        last = features(image.to(device))[0].cpu()
    for hook in hooks:
        hook.remove()
    return found or [("features", last)]


shown = int((digits.test_labels == 5).nonzero()[0])
stages = maps_of(cnn.features, digits.test_images[shown : shown + 1])
figure, axes = plt.subplots(len(stages), 11, figsize=(12, 1.25 * len(stages)), squeeze=False)
for axis in axes.flat:
    axis.axis("off")
axes[0, 0].imshow(digits.test_images[shown, 0], cmap="gray")
axes[0, 0].set_title("the image", fontsize=8, loc="left")
for row, (name, maps) in enumerate(stages):
    axes[row, 1].set_title(f"{name}, {maps.shape[1]}×{maps.shape[2]}", fontsize=8, loc="left")
    for number, axis in enumerate(axes[row, 1:]):
        axis.imshow(maps[number], cmap="gray")
figure.tight_layout(h_pad=0.3, w_pad=0.3)

# %% [markdown]
# ### Move the digit
#
# The test images, moved to the left and to the right, a few pixels at a time, with black coming in from the side. No
# network was trained on moved images. (The bundled digits have four black columns on each side, so the digit itself
# stays whole up to four pixels.)


# %% tags=["demo"]
def moved(images, columns):
    """The images, moved right by `columns` pixels (left when negative); what comes in is black."""
    black = images.min()
    return F.pad(images, (max(columns, 0), max(-columns, 0), 0, 0), value=black)[
        ..., max(-columns, 0) : max(-columns, 0) + images.shape[-1]
    ]


steps = np.arange(-6, 7)
figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.2), width_ratios=(2, 1))
for name, net in (("CNNClassifier", cnn), ("fully connected", dense)):
    curve = [
        (predict(net, moved(digits.test_images, int(step)), device=device) == digits.test_labels).double().mean().item()
        for step in steps
    ]
    left.plot(steps, curve, marker=".", label=name)
left.set(xlabel="moved by … pixels", ylabel="accuracy", title="Accuracy on moved test images", ylim=(0, 1.02))
left.legend()
right.imshow(torch.cat([moved(digits.test_images[shown, 0], step) for step in (-4, 0, 4)], dim=1), cmap="gray")
right.set_title("moved by −4, 0 and 4 pixels")
right.axis("off")
figure.tight_layout()

# %% [markdown]
# ### Where it is wrong, or nearly so
#
# The ten test digits whose true class gets the smallest probability, the misclassified ones first, with a red title.
# (The softmax is needed for reading only: it does not change which logit is the largest.)

# %% tags=["demo"]
predicted = predict(cnn, digits.test_images, device=device)
wrong = predicted != digits.test_labels
print(f"{int(wrong.sum())} of {len(predicted)} test images are misclassified")
cnn.eval()
with torch.no_grad():
    probabilities = torch.cat([cnn(part.to(device)).softmax(1).cpu() for part in digits.test_images.split(256)])
of_truth = probabilities[torch.arange(len(predicted)), digits.test_labels]

figure, axes = plt.subplots(1, 10, figsize=(12, 2.1))
for axis, row in zip(axes, (of_truth + ~wrong).argsort().tolist(), strict=False):
    true, guess = int(digits.test_labels[row]), int(predicted[row])
    axis.imshow(digits.test_images[row, 0], cmap="gray")
    title = f"read {guess}: {probabilities[row, guess]:.0%}\nis {true}: {of_truth[row]:.0%}"
    axis.set_title(title, fontsize=8, color="red" if wrong[row] else "black")
    axis.axis("off")
figure.suptitle("The hardest test digits")
figure.tight_layout()

# %% [markdown]
# ## What to look at
#
# - **The bars.** The whole network has fewer weights than the two-layer network and two hundred times fewer than the
#   fully connected layer its first convolution stands for. Three quarters of what it has are in one place, the Linear
#   layer from 320 to 50: later networks do without it.
# - **The two loss curves.** About as many weights, the same steps. The convolutional network starts behind, its small
#   weights have to pass through more layers, and then leaves the other one standing. The difference is where the
#   weights may look, and that each filter is used at 576 places.
# - **The filters.** What training added is smoother than the noise it started from: a red side and a blue side make a
#   detector of edges, in one direction each. Nobody told the network that digits have edges.
# - **The maps.** After the first convolution you still see the digit, once for each filter's taste. After batch
#   normalisation it is the same picture in other grey values, after max pooling a coarser one, after ReLU only what
#   the filter found is left. The last maps are 4×4: no digit to be seen, only *what* was found and roughly *where*.
# - **The moved digits.** Both curves fall, for the head at the end knows its 320 places by heart. The fully connected
#   network falls at once; the convolutional one holds on a little longer, because within a pooling block the place does
#   not matter. A 4-pixel move is exactly one step in the last maps: the features move, but the head was not told.
# - **The hardest digits.** Is it unsure where you are unsure? Would you have read the red ones correctly?
