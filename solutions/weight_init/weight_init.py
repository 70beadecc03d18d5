# %% [markdown]
# # Why the start decides
#
# A network begins with random weights. How large they are looks like a detail, and it decides whether a deep network
# learns at all: a little too small, and the signal has vanished before it reaches the last layer; a little too large,
# and it saturates or explodes. You write the two rules that are used everywhere, Xavier's and He's, and the lecture's
# `weight_init` for whole networks. Then you send random rows through ten layers and look at what is left of them.
#
# | you write | question | points |
# |---|---|---|
# | `fan_in_and_fan_out` | `fans` | 1 |
# | `xavier_uniform_`, `xavier_normal_` | `xavier` | 2 |
# | `he_normal_` | `he` | 2 |
# | `weight_init` | `apply` | 3 |
# | `activation_stds` | `activations` | 2 |
#
# $N(\mu, \sigma)$ always means *mean* $\mu$ and *standard deviation* $\sigma$, as in torch's `normal_(mean, std)`. The
# variance is $\sigma^2$. The checks draw tens of thousands of weights and compare mean, standard deviation and the
# shape of the distribution; random weights of the right kind fail them less than once in a million times.

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto": the GPU where there is one; only the last demo trains
seed: int = 0  # seeds every random draw of the demos
epochs: int = 10  # passes over the training images in the last demo
data: str = "bundled"  # "bundled": 1,797 small scans, offline, seconds; "mnist": all 70,000 images of MNIST

# %% [markdown]
# ## Setup

# %% tags=["setup"]
import itertools
import math

import torch
from torch import nn

from autograder import check

if device == "auto":
    device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## Fan in and fan out
#
# One unit of a layer adds up weighted inputs, $z = \sum_i w_i x_i$. How large $z$ gets depends on how many terms the
# sum has. That number is the **fan in**; the **fan out** is the number of sums that one input goes into, and counts on
# the way back, when gradients are added up.
#
# - `nn.Linear` keeps its weight as `(out, in)`: fan in is `in`, fan out is `out`. Mind the order.
# - A convolution keeps its weight as `(out, in, kh, kw)`. An output pixel sees a window of `kh * kw` pixels in every
#   input channel (its **receptive field**), so fan in is `in * kh * kw`; in the same way fan out is `out * kh * kw`.
#
# | layer | shape of the weight | fan in | fan out |
# |---|---|---|---|
# | `nn.Linear(784, 50)` | `(50, 784)` | 784 | 50 |
# | `nn.Conv2d(1, 10, 5)` | `(10, 1, 5, 5)` | 25 | 250 |
# | `nn.Conv2d(88, 20, (3, 5))` | `(20, 88, 3, 5)` | 1320 | 300 |


# %% answer="fan_in_and_fan_out"
def fan_in_and_fan_out(weight: torch.Tensor) -> tuple[int, int]:
    """How many inputs a unit adds up, and how many units an input goes to.

    weight: of a Linear layer `(out, in)`, or of a convolution `(out, in, kh, kw)`.
    Returns `(fan_in, fan_out)`, two ints.
    """
    ### BEGIN SOLUTION
    receptive_field = math.prod(weight.shape[2:])
    return weight.shape[1] * receptive_field, weight.shape[0] * receptive_field
    ### END SOLUTION


# %% check="fans"
check("weight_init", question="fans")

# %% [markdown]
# ## Xavier
#
# Let the weights be independent with mean 0, and independent of the inputs. Then the variances of the terms add up:
#
# $$\operatorname{Var}(z) = \text{fan\_in}\cdot\operatorname{Var}(w)\cdot E[x^2]$$
#
# A layer keeps the size of its signal when $\text{fan\_in}\cdot\operatorname{Var}(w) = 1$. On the way back the
# gradients are sums of fan-out terms and ask for $\text{fan\_out}\cdot\operatorname{Var}(w) = 1$. Both cannot be had
# unless the fans are equal; Xavier Glorot and Yoshua Bengio (2010) take the mean of the two:
#
# $$\operatorname{Var}(w) = \frac{2}{\text{fan\_in} + \text{fan\_out}}$$
#
# It is used with two distributions of this same variance:
#
# - **normal**: $N(0, \sigma)$ with $\sigma = \sqrt{\dfrac{2}{\text{fan\_in} + \text{fan\_out}}}$, the root of the
#   variance;
# - **uniform** on $(-a, a)$: its variance is $a^2/3$, so $a = \sqrt{\dfrac{6}{\text{fan\_in} + \text{fan\_out}}}$.
#
# For `nn.Linear(784, 50)` that is $\sigma = 0.0490$ and $a = 0.0848$.
#
# **In place.** A function whose name ends in `_` changes the tensor it is given and returns that very tensor. The
# weights of a layer are parameters: autograd watches them, and refuses to let a leaf that requires gradients be changed
# in place. Do it where autograd does not look: inside `with torch.no_grad():`. Afterwards the weight is what it was
# before, with the same shape, dtype and device, still requiring gradients if it did; only its numbers are new.
#
# **Draw anew each time.** Do not set a seed inside: two layers of the same shape would get the same weights. Who wants
# to repeat a run sets the seed once, before.


# %% answer="xavier"
def xavier_uniform_(weight: torch.Tensor) -> torch.Tensor:
    """Fill `weight` in place with draws from uniform(-a, a), a = sqrt(6 / (fan_in + fan_out)).

    weight: `(out, in)` or `(out, in, kh, kw)`, a parameter or a plain tensor. Returns `weight` itself.
    """
    ### BEGIN SOLUTION
    fan_in, fan_out = fan_in_and_fan_out(weight)
    bound = math.sqrt(6 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(-bound, bound)
    ### END SOLUTION


def xavier_normal_(weight: torch.Tensor) -> torch.Tensor:
    """Fill `weight` in place with draws from N(0, std), std = sqrt(2 / (fan_in + fan_out)).

    weight: `(out, in)` or `(out, in, kh, kw)`, a parameter or a plain tensor. Returns `weight` itself.
    """
    ### BEGIN SOLUTION
    fan_in, fan_out = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / (fan_in + fan_out)))
    ### END SOLUTION


# %% check="xavier"
check("weight_init", question="xavier")

# %% [markdown]
# ## He
#
# The derivation above needs one more thing: that the inputs $x$ of a layer are as large as the sums $z$ of the layer
# before. With tanh near 0 they nearly are. ReLU cuts the negative half away: for $z$ symmetric around 0
#
# $$E\left[\max(0, z)^2\right] = \tfrac12\operatorname{Var}(z).$$
#
# Half of the signal's power is lost in every layer, so the weights must bring it back. Kaiming He and others (2015):
#
# $$\operatorname{Var}(w) = \frac{2}{\text{fan\_in}}, \qquad \sigma = \sqrt{\frac{2}{\text{fan\_in}}}$$
#
# Only the fan in appears: one of the two directions has to be chosen, and this one keeps the forward signal. For
# `nn.Linear(784, 50)` it is $\sigma = 0.0505$.


# %% answer="he"
def he_normal_(weight: torch.Tensor) -> torch.Tensor:
    """Fill `weight` in place with draws from N(0, std), std = sqrt(2 / fan_in).

    weight: `(out, in)` or `(out, in, kh, kw)`, a parameter or a plain tensor. Returns `weight` itself.
    """
    ### BEGIN SOLUTION
    fan_in, _ = fan_in_and_fan_out(weight)
    with torch.no_grad():
        return weight.normal_(0, math.sqrt(2 / fan_in))
    ### END SOLUTION


# %% check="he"
check("weight_init", question="he")

# %% [markdown]
# ### Three fillings of one weight
#
# The weight of `nn.Linear(400, 100)`, filled by each of your functions. The dashed lines are one standard deviation of
# the formula on either side.

# %% tags=["demo"]
import matplotlib.pyplot as plt

torch.manual_seed(seed)
weight = torch.empty(100, 400)
figure, row = plt.subplots(1, 3, figsize=(12, 3), sharex=True, sharey=True, layout="constrained")
for axes, fill, std in zip(
    row,
    (xavier_uniform_, xavier_normal_, he_normal_),
    (math.sqrt(2 / 500), math.sqrt(2 / 500), math.sqrt(2 / 400)),
    strict=True,
):
    axes.hist(fill(weight).flatten().numpy(), bins=80, range=(-0.25, 0.25), density=True)
    for line in (-std, std):
        axes.axvline(line, color="black", linestyle="--", linewidth=1)
    axes.set(title=f"{fill.__name__}: std {weight.std():.4f}", xlabel="weight")
row[0].set_ylabel("density")
plt.show()

# %% [markdown]
# ## A whole network at once
#
# `net.apply(function)` calls `function` with **every** module inside `net`, however deeply nested, the containers and
# at last `net` itself included. The lecture initialises its networks this way. Its function for the convolutional
# classifier goes by the *name* of the class (the lecture's code):
#
# ```python
# def weight_init(m):
#     classname = m.__class__.__name__
#     if classname.find('Conv') != -1:
#         m.weight.data.normal_(0.0, 0.02)
#     elif classname.find('BatchNorm') != -1:
#         m.weight.data.normal_(1.0, 0.02)
#         m.bias.data.fill_(0)
#     elif classname.find('Linear') != -1:
#         m.weight.data.normal_(0.0, 0.02)
#         m.bias.data.fill_(0)
# ```
#
# It is short, and it breaks easily: a layer without a bias stops it (`m.bias` is `None`), so does a container that
# somebody called `ConvNet` (it has no weight), and a subclass of `nn.Linear` under another name is passed over in
# silence. Write one that asks what a module **is**, with `isinstance`:
#
# | module | weight | bias |
# |---|---|---|
# | convolutions: `nn.Conv1d`, `nn.Conv2d`, `nn.Conv3d` | $N(0, 0.02)$ | left alone |
# | batch norms: `nn.BatchNorm1d`, `nn.BatchNorm2d`, `nn.BatchNorm3d` | $N(1, 0.02)$ | 0 |
# | `nn.Linear` | $N(0, 0.02)$ | 0 |
# | everything else, containers included | left alone | left alone |
#
# - Subclasses count as what they are made from.
# - Why 1 for batch norm: its weight γ multiplies what has been normalised. Around 0 it would wipe the signal out.
# - `bias=False` and, for batch norm, `affine=False` leave `None` where a parameter would be: nothing to do there.
# - Running averages are buffers, not parameters: leave them as they are.
# - In place again: the parameters stay the same objects, for an optimiser may hold them already, with their dtype and
#   device. What required gradients still does, and what was frozen stays frozen.
# - The function deals with the module it is given, and must not fail for a container: `apply` brings it all the others.


# %% answer="weight_init"
def weight_init(module: nn.Module) -> None:
    """Initialise one module in place, by its kind; for `net.apply(weight_init)`.

    Convolutions (1d, 2d, 3d): weight N(0, 0.02), bias left alone. Batch norms (1d, 2d, 3d): weight N(1, 0.02), bias 0.
    nn.Linear: weight N(0, 0.02), bias 0. Subclasses of these likewise; any other module is left alone.
    A weight or bias may be None.
    """
    ### BEGIN SOLUTION
    convolution = isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    batch_norm = isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d)
    linear = isinstance(module, nn.Linear)
    with torch.no_grad():
        if (convolution or batch_norm or linear) and module.weight is not None:
            module.weight.normal_(1.0 if batch_norm else 0.0, 0.02)
        if (batch_norm or linear) and module.bias is not None:
            module.bias.zero_()
    ### END SOLUTION


# %% check="apply"
check("weight_init", question="apply")

# %% [markdown]
# ### Before and after
#
# The layers of the lecture's convolutional classifier: torch's own start values, and what `apply` makes of them. Torch
# draws uniformly, from a range that depends on the fan in, and starts batch norm at exactly 1 and 0.

# %% tags=["demo"]
torch.manual_seed(seed)
classifier = nn.Sequential(
    nn.Sequential(nn.Conv2d(1, 10, 5), nn.BatchNorm2d(10), nn.MaxPool2d(2), nn.ReLU()),
    nn.Sequential(nn.Conv2d(10, 20, 5), nn.BatchNorm2d(20), nn.MaxPool2d(2), nn.ReLU()),
    nn.Sequential(nn.Flatten(), nn.Linear(320, 50), nn.BatchNorm1d(50), nn.ReLU(), nn.Linear(50, 10)),
)


def weights_of(net):
    """Name of the layer and a copy of its weight, for every layer that has one."""
    return [
        (f"{type(layer).__name__} {tuple(layer.weight.shape)}", layer.weight.detach().flatten().clone())
        for layer in net.modules()
        if getattr(layer, "weight", None) is not None
    ]


before = weights_of(classifier)
classifier.apply(weight_init)
figure, rows = plt.subplots(2, len(before), figsize=(15, 4.4), layout="constrained")
for axes_row, state, title in zip(rows, (before, weights_of(classifier)), ("torch's start", "yours"), strict=True):
    for axes, (name, values) in zip(axes_row, state, strict=True):
        centre = 1.0 if "Norm" in name else 0.0
        axes.hist(values.numpy(), bins=41, range=(centre - 0.21, centre + 0.21))
        axes.set_title(f"{name}\nmean {values.mean():.3f}, std {values.std(correction=0):.3f}", fontsize=8)
        axes.tick_params(labelsize=7)
    axes_row[0].set_ylabel(title)
plt.show()

# %% [markdown]
# ## What is left after ten layers
#
# Now the experiment behind all this. Take 1000 rows of random numbers, $x \sim N(0, 1)$, as many columns as the layers
# are wide. Send them through `depth` layers without a bias,
#
# $$x \leftarrow \operatorname{act}(x\,W^\top), \qquad W\text{ of shape (width, width), drawn anew for every layer},$$
#
# and note after each activation the standard deviation over all `1000 * width` numbers of $x$. The weights are
#
# | `init` | weights |
# |---|---|
# | `"small"` | $N(0, 0.01)$, whatever the width |
# | `"xavier"` | Xavier, the normal one |
# | `"he"` | He |
#
# and the activation is `"tanh"`, `"relu"` or `"sigmoid"`. Everything random, rows and weights, comes from `seed`: the
# same seed gives the same list whenever it is called.


# %% answer="activation_stds"
def activation_stds(depth: int, width: int, init: str, activation: str, seed: int = 0) -> list[float]:
    """Send 1000 rows of N(0, 1) through `depth` layers x = act(x Wᵀ); the spread of x after each of them.

    W: `(width, width)`, new for every layer, no bias. init: "small" (std 0.01), "xavier" (normal) or "he".
    activation: "tanh", "relu" or "sigmoid". Rows and weights depend on `seed` alone.
    Returns `depth` floats: the standard deviation over all entries of x, `(1000, width)`, after each activation.
    """
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    fill = {"small": lambda w: w.normal_(0, 0.01), "xavier": xavier_normal_, "he": he_normal_}[init]
    act = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    x = torch.randn(1000, width)
    stds = []
    for _ in range(depth):
        weight = torch.zeros(width, width)
        fill(weight)
        x = act(x @ weight.T)
        stds.append(x.std().item())
    return stds
    ### END SOLUTION


# %% check="activations"
check("weight_init", question="activations")

# %% [markdown]
# ### The lecture's pictures
#
# The lecture shows four of them: small weights, Xavier, Xavier with ReLU, He with ReLU. Each row below is one of these
# networks, each column a layer, each little picture the histogram of the activations there. The axes are the same in
# all columns of a row. The bar of exact zeros that ReLU makes is left out; the share of zeros stands above.

# %% tags=["demo"]
FILL = {"small": lambda w: w.normal_(0, 0.01), "xavier": xavier_normal_, "he": he_normal_}
ACT = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}


def layers_of(depth, width, init, activation):
    """The activations after every layer."""
    torch.manual_seed(seed)
    x, layers = torch.randn(1000, width), []
    for _ in range(depth):
        x = ACT[activation](x @ FILL[init](torch.empty(width, width)).T)
        layers.append(x)
    return layers


shown = (0, 1, 2, 4, 6, 9)
pictures = (("small", "tanh"), ("xavier", "tanh"), ("xavier", "relu"), ("he", "relu"))
figure, rows = plt.subplots(4, len(shown), figsize=(13, 8), layout="constrained")
for axes_row, (init, activation) in zip(rows, pictures, strict=True):
    layers = layers_of(10, 200, init, activation)
    lowest, highest = (-1.0, 1.0) if activation == "tanh" else (0.0, 3.0)
    for axes, number in zip(axes_row, shown, strict=True):
        values = layers[number].flatten()
        alive = values[values != 0]
        axes.hist(alive.numpy(), bins=60, range=(lowest, highest), color="tab:red" if init == "small" else "tab:blue")
        zeros = f", {(values == 0).double().mean():.0%} zeros" if activation == "relu" else ""
        axes.set_title(f"layer {number + 1}: std {values.std():.2g}{zeros}", fontsize=9)
        axes.set_yticks([])
    axes_row[0].set_ylabel(f"{init} + {activation}", fontsize=12)
plt.show()

# %% [markdown]
# ### Standard deviation against depth
#
# All nine combinations, thirty layers deep, from your `activation_stds`. A straight line on the logarithmic axis means:
# every layer multiplies the signal by the same factor.

# %% tags=["demo"]
colours = {"small": "tab:red", "xavier": "tab:blue", "he": "tab:green"}
figure, row = plt.subplots(1, 3, figsize=(13, 3.8), sharey=True, layout="constrained")
for axes, activation in zip(row, ACT, strict=True):
    for init, colour in colours.items():
        stds = activation_stds(30, 200, init, activation, seed)
        axes.plot(range(1, 31), stds, ".-", color=colour, label=f"{init}: {stds[9] / stds[0]:.2g}")
    axes.set(yscale="log", ylim=(1e-12, 10), xlabel="layer", title=activation)
    axes.legend(title="layer 10 ÷ layer 1", loc="lower right")
row[0].set_ylabel("std of the activations")
plt.show()

# %% [markdown]
# ## Does it matter for learning?
#
# Eight hidden layers of 100 ReLU units on the digits, the same network and the same batches every time, Adam with
# learning rate 0.001. Only the start differs: your `weight_init` ($N(0, 0.02)$, with 100 inputs per unit too small for
# a network as deep as this one), your Xavier, your He. And once more `weight_init`, with a batch norm before every
# ReLU, which is how the lecture uses it.

# %% tags=["demo"]
from torch.nn import functional as F

from autograder import metrics
from autograder.data import load

digits = load(data)
images, labels = digits.train_images.flatten(1).to(device), digits.train_labels.to(device)


def deep_network(norm):
    """784 inputs, eight hidden layers of 100 ReLU units, 10 logits."""
    sizes, layers = [784] + [100] * 8, []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] if norm else []), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(100, 10))


def start_with(fill):
    """A function for `apply`: weights of Linear layers by `fill`, their biases 0."""

    def start(module):
        if isinstance(module, nn.Linear):
            fill(module.weight)
            nn.init.zeros_(module.bias)

    return start


starts = {
    "weight_init: N(0, 0.02)": (weight_init, False),
    "Xavier": (start_with(xavier_normal_), False),
    "He": (start_with(he_normal_), False),
    "weight_init and batch norm": (weight_init, True),
}
curves, accuracies = {}, {}
for name, (start, norm) in starts.items():
    torch.manual_seed(seed)
    net = deep_network(norm).apply(start).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).to(device).split(64):
            loss = F.cross_entropy(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        predicted = net(digits.test_images.flatten(1).to(device)).argmax(1).cpu()
    curves[name] = losses
    accuracies[name] = (predicted == digits.test_labels).double().mean().item()

colours = ["tab:red", "tab:blue", "tab:green", "tab:purple"]
figure, (left, right) = plt.subplots(1, 2, figsize=(13, 3.8), width_ratios=[3, 2], layout="constrained")
for (name, losses), colour in zip(curves.items(), colours, strict=True):
    left.plot(losses, label=name, color=colour, linewidth=1)
left.axhline(math.log(10), color="gray", linestyle="--", label="knowing nothing: log 10")
left.set(xlabel="step", ylabel="cross-entropy of the batch", title="Eight hidden layers, four starts", ylim=(0, 3))
left.legend(fontsize=8)
bars = right.barh(list(accuracies), list(accuracies.values()), color=colours)
right.bar_label(bars, fmt="%.3f", padding=3)
right.set(xlim=(0, 1.12), title=f"Test accuracy after {epochs} epochs")
right.invert_yaxis()
plt.show()
metrics.record(net, loss=curves["He"][-1], accuracy=accuracies["He"])

# %% [markdown]
# ## What to look at
#
# - **small + tanh.** Every layer leaves about a seventh of the signal ($0.01\cdot\sqrt{200} = 0.14$), and after ten of
#   them all 200,000 activations are 0 as far as the picture can tell. In the backward pass the gradient of a weight is
#   the incoming gradient times the activation before it: no activation, no gradient, no learning.
# - **Xavier + tanh.** The histograms hardly change from layer to layer. The std sinks slowly all the same, to about a
#   third in ten layers: tanh is flatter than a straight line away from 0, so each layer gives back a little less than
#   it got. With He's larger weights tanh keeps more, and more of the values sit near ±1, where its slope is small.
# - **Xavier + ReLU.** The share of zeros stays at one half, but what is not zero shrinks by $1/\sqrt2$ in every layer,
#   $2^{-4.5} = 0.044$ from layer 1 to layer 10. He's factor 2 undoes exactly this: the green line of ReLU runs level,
#   with the wobble of one random draw. Try other seeds, and a width of 50: which grows with a smaller width, the slope
#   or the wobble?
# - **Sigmoid** looks safe in the third plot: its std does not vanish. But it is a different thing that is left. Every
#   output lies around 1/2, and it is the *units* that differ from one another while the 1000 rows have become all
#   alike. Plot `layers_of(10, 200, "xavier", "sigmoid")[9].std(0)` to see it.
# - **The training curves.** The red one starts at $\log 10$, and sits there for as long as the last layers cannot tell
#   one digit from another. Adam, which divides by the size of the gradient, gets it going at last: after ten epochs it
#   has 0.20 to 0.41 of the bundled test digits right, the other three 0.92 to 0.98 (measured with four seeds). Does
#   `torch.optim.SGD(net.parameters(), lr=0.05)` get it going, too? Batch norm makes the same start harmless: it
#   rescales every layer's signal whatever the weights were, which is why $N(0, 0.02)$ was good enough for the lecture's
#   networks.
