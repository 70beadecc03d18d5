"""Checks of inception the student has: sizes, worked examples, a small network trained beside a trusted copy."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

CHANNELS, CLASSES = 4, 5
PLACES = 13 * 13  # what a 3×3 convolution and a 2×2 pooling leave of 28×28

# What several checks need ----------------------------------------------------------------------------------------


def tensor(values):
    """A float32 tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def digits(rng, count, classes=CLASSES):
    """Random images (count, 1, 28, 28) and labels (count,)."""
    return tensor(rng.normal(size=(count, 1, 28, 28))), torch.tensor(rng.integers(0, classes, size=count))


def made(value, what):
    """Something that stays with the submission, such as a module; a value that came back in its place is none."""
    expect(hasattr(value, "structure"), f"{what} should be a torch.nn.Module; it is a {type(value).__name__}.")
    return value


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


def losses(values, count, what):
    """The student's list of losses as floats; fails in words when it is no list of `count` numbers."""
    expect_type(values, (list, tuple), what=what)
    expect(len(values) == count, f"{what} has {len(values)} entries, and there were {count} epochs: one loss each.")
    expect(all(is_number(value) for value in values), f"{what} should hold plain numbers, one loss per epoch.")
    return [float(value) for value in values]


def state_of(net, like=None):
    """The state of a network as tensors by name; entries of a network of ours must have kept their shapes."""
    state = net.state_dict()
    expect_type(state, dict, what="the network's state_dict()")
    for name, value in state.items():
        expect_type(value, torch.Tensor, what=f"{name} in the network's state_dict()")
    if like is not None:
        expect(set(state) == set(like), "The layers of the network are not those it came with.")
        for name, value in like.items():
            expect_shape(state[name], tuple(value.shape), what=f"the network's {name}")
    return state


def expect_parameters(submission, net, count, what):
    """A network has this many trainable numbers."""
    weights = submission.library("torch.nn.utils").parameters_to_vector(net.parameters())
    expect_type(weights, torch.Tensor, what="all parameters in one vector")
    found = weights.numel()
    expect(found == count, f"{what} has {found:,} parameters; with all its convolutions and biases it has {count:,}.")


# InceptionA ------------------------------------------------------------------------------------------------------

COUNTS = {
    72: "16 channels are missing: the 1×1 branch?",
    64: "24 channels are missing: one of the branches?",
    112: "There are 24 too many: is a branch in it twice?",
    104: "There are 16 too many: is the 1×1 branch in it twice?",
}


@question(
    "block",
    weight=0.5,
    hint="Padding 2 for 5×5 and 1 for 3×3 keeps height and width; torch.cat([…], dim=1) lays channels side by side.",
)
def test_sizes_and_number_of_weights(submission, rng):
    """InceptionA(10) makes (3, 88, 12, 9) of maps (3, 10, 12, 9), and has 19,104 parameters."""
    net = made(submission.InceptionA(10), "InceptionA(10)")
    result = net(tensor(rng.normal(size=(3, 10, 12, 9))))
    if isinstance(result, torch.Tensor) and result.ndim == 4 and result.shape[1] in COUNTS:
        channels = result.shape[1]
        expect(False, f"InceptionA(10)'s result has {channels} channels in place of 88. {COUNTS[channels]}")
    expect_shape(result, (3, 88, 12, 9), what="InceptionA(10)'s result")
    expect_parameters(submission, net, 19_104, "InceptionA(10)")


@question(
    "block",
    weight=0.5,
    hint="F.avg_pool2d(x, kernel_size=3, stride=1, padding=1): at a border the zeros outside are counted.",
)
def test_average_of_ones(submission):
    """With weights 1/3 in the pooling branch's convolution and 0 elsewhere, ones give 1 inside and 4/9 in a corner."""
    net = made(submission.InceptionA(3), "InceptionA(3)")
    ones = torch.ones(1, 3, 4, 5)
    weights = net.gradients(ones).parameters  # their names
    state = state_of(net)
    for name in (name for name in state if name in weights):  # that convolution alone has 24·3 of them
        state[name] = torch.full(state[name].shape, (state[name].numel() == 72) / 3)
    net.load_state_dict(state)
    result = net(ones)
    expect_shape(result, (1, 88, 4, 5), what="InceptionA(3)'s result")
    rows = torch.tensor([2 / 3, 1, 1, 2 / 3])[:, None]
    pooled = (rows * torch.tensor([2 / 3, 1, 1, 1, 2 / 3])).expand(24, 4, 5)
    expect_close(result[0, :64], torch.zeros(64, 4, 5), what="the result of branches with weights 0, channels 0 to 63,")
    expect_close(result[0, 64:], pooled, what="the pooling branch's result for ones, channels 64 to 87,")


# InceptionNet ----------------------------------------------------------------------------------------------------


@question(
    "network",
    weight=0.5,
    given=("InceptionA",),
    hint="28 → 24 → 12 → 8 → 4: no padding in the two convolutions, and no pooling after the second block.",
)
def test_size_of_the_result(submission, rng):
    """InceptionNet(10) makes (3, 10) of images (3, 1, 28, 28), and InceptionNet(7) makes (2, 7) of two."""
    for count, classes in ((3, 10), (2, 7)):
        net = made(submission.InceptionNet(classes), f"InceptionNet({classes})")
        result = net(digits(rng, count)[0])
        expect_shape(result, (count, classes), what=f"InceptionNet({classes})'s result for {count} images")


@question("network", weight=0.5, given=("InceptionA",), hint="F.log_softmax(…, dim=1): dim 1 are the classes.")
def test_log_probabilities(submission, rng):
    """The exponentials of each row of the network's result sum to 1."""
    net = made(submission.InceptionNet(10), "InceptionNet(10)")
    result = net(digits(rng, 4)[0])
    expect_shape(result, (4, 10), what="InceptionNet(10)'s result for 4 images")
    expect_dtype(result, "float", what="InceptionNet(10)'s result")
    rows = result.double()

    def ones(values, dim):
        return torch.allclose(values.sum(dim), torch.ones(()).double(), atol=1e-4)

    if ones(rows.exp(), 1):
        return
    expect(not ones(rows, 1), "The rows sum to 1: these are probabilities, from a softmax. Their logarithms are asked.")
    wrong = "The exponentials of the columns sum to 1, those of the rows do not: dim=1 in log_softmax?"
    expect(not ones(rows.exp(), 0), wrong)
    expect(not ones(rows, 0), "The columns sum to 1: a softmax, and over the images. Asked is log_softmax with dim=1.")
    total = rows.exp().sum(1)[0].item()
    expect(False, f"The exponentials of row 0 sum to {total:.4g} and not to 1: is log_softmax missing at the end?")


# InceptionBlock --------------------------------------------------------------------------------------------------


@question(
    "googlenet_block",
    weight=0.5,
    hint="Channels c1 + c3 + c5 + pool_proj; every convolution has a bias and is followed by a ReLU.",
)
def test_sizes_of_a_small_block(submission, rng):
    """InceptionBlock(6, 2, 3, 5, 4, 7, 8) makes (2, 22, 5, 9) of maps (2, 6, 5, 9), none negative; 966 parameters."""
    net = made(submission.InceptionBlock(6, 2, 3, 5, 4, 7, 8), "InceptionBlock(6, 2, 3, 5, 4, 7, 8)")
    result = net(tensor(rng.normal(size=(2, 6, 5, 9))))
    expect_shape(result, (2, 22, 5, 9), what="InceptionBlock(6, 2, 3, 5, 4, 7, 8)'s result")
    expect_parameters(submission, net, 966, "InceptionBlock(6, 2, 3, 5, 4, 7, 8)")
    expect(bool((result >= 0).all()), "InceptionBlock's result has negative values: a ReLU is missing at the end.")


# conv_cost and block_cost ----------------------------------------------------------------------------------------


@question("cost", weight=0.5, hint="params = in · out · kernel²; each weight is used once per place, height · width.")
def test_the_lectures_example(submission):
    """5×5 from 480 to 48 channels on 14×14: 576,000 weights, 112,896,000 macs; by way of 16 channels 5,268,480."""
    direct = submission.conv_cost(480, 48, 5, 14, 14)
    expect_equal(direct, {"params": 576_000, "macs": 112_896_000}, what="conv_cost(480, 48, 5, 14, 14)")
    reduce = submission.conv_cost(480, 16, 1, 14, 14)
    expect_equal(reduce, {"params": 7_680, "macs": 1_505_280}, what="conv_cost(480, 16, 1, 14, 14)")
    narrow = submission.conv_cost(16, 48, 5, 14, 14)
    expect_equal(narrow, {"params": 19_200, "macs": 3_763_200}, what="conv_cost(16, 48, 5, 14, 14)")


@question("cost", weight=0.5, given=("conv_cost",), hint="Six convolutions; two of them start from r3 and r5.")
def test_the_first_block_of_googlenet(submission):
    """Block 3a on 28×28 has 163,328 weights and takes 128,049,152 macs."""
    cost = submission.block_cost(192, 64, 96, 128, 16, 32, 32, 28, 28)
    expected = {"params": 163_328, "macs": 128_049_152}
    expect_equal(cost, expected, what="block_cost(192, 64, 96, 128, 16, 32, 32, 28, 28)")


# train and predict -----------------------------------------------------------------------------------------------


def network(submission, rng):
    """One small network with log_softmax twice: a trusted one, and its copy where the student's code runs."""

    def layers(library):
        return library.Sequential(
            library.Conv2d(1, CHANNELS, 3),
            library.MaxPool2d(2),
            library.ReLU(),
            library.Flatten(),
            library.Linear(CHANNELS * PLACES, CLASSES),
            library.LogSoftmax(1),
        )

    trusted, copy = layers(nn), layers(submission.library("torch.nn"))
    trusted.load_state_dict(
        {
            "0.weight": tensor(rng.normal(size=(CHANNELS, 1, 3, 3)) / 3),
            "0.bias": tensor(rng.normal(size=CHANNELS) / 2),
            "4.weight": tensor(rng.normal(size=(CLASSES, CHANNELS * PLACES)) / 26),
            "4.bias": tensor(rng.normal(size=CLASSES) / 2),
        }
    )
    copy.load_state_dict(trusted.state_dict())
    return trusted, copy


def adam_steps(net, images, labels, count, lr):
    """Train `net` for `count` steps on one and the same batch; the loss at the start of each step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    met = []
    for _ in range(count):
        loss = F.nll_loss(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return met


def distance(first, second):
    """Sum of the absolute differences of two tensors."""
    return (first - second).abs().sum().item()


@question(
    "accuracy",
    hint="One batch holds all rows, so an epoch is one step: nll_loss, zero_grad, backward, step.",
)
def test_three_steps(submission, rng, device):
    """Three epochs of one batch are three steps of Adam on the negative log-likelihood, and its losses are returned."""
    trusted, net = network(submission, rng)
    images, labels = digits(rng, 24)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = submission.train(net, images, labels, epochs=3, batch_size=32, lr=0.01, seed=1, device=device)
    expected = adam_steps(trusted, images, labels, 3, 0.01)
    target = trusted.state_dict()
    after = state_of(net, target)
    moved = any(not torch.equal(after[name], start[name]) for name in start)
    expect(moved, "The network given has not changed. Train that network itself, and take optimizer steps.")
    for name in start:
        error = distance(after[name], target[name]) / distance(target[name], start[name])
        far = f"{error:.0%} of the way it should have moved"
        expect(error < 0.05, f"After three steps the network's {name} is off by {far}.")
    actual = losses(history, 3, "train's history")
    expect_close(torch.tensor(actual), torch.tensor(expected), rtol=2e-3, what="train's history")


@question("accuracy", weight=0.5, hint="argmax over the classes (dim=1); torch.cat the batches; .cpu().")
def test_predicts_the_brightest_pixel(submission, device):
    """A network whose answers are three pixels of the image: predict returns the brightest's number, int64 (N,)."""
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(784, 3), library.LogSoftmax(1))
    weight = torch.zeros(3, 784)
    weight[[0, 1, 2], [10, 300, 700]] = 1.0
    net.load_state_dict({"1.weight": weight, "1.bias": torch.zeros(3)})
    images = torch.zeros(5, 1, 28, 28)
    brightest = torch.tensor([2, 0, 1, 1, 2])
    images.flatten(1)[torch.arange(5), torch.tensor([10, 300, 700])[brightest]] = 1.0
    predicted = submission.predict(net, images, batch_size=2, device=device)
    expect_shape(predicted, (5,), what="predict's result")
    expect_dtype(predicted, torch.int64, what="predict's result")
    expect_equal(predicted, brightest, what="predict's result")


# accuracy --------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    trains=True,
    seconds=2.8,
    hint="If train, block and network pass their checks, this passes too: begin with those.",
)
def test_accuracy_after_four_epochs(submission, data, threshold, reach, device):
    """InceptionNet(10), trained by your train for 4 epochs, is well on its way, on MNIST where the lecture's was."""

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.InceptionNet(10)
        submission.train(net, data.train_images, data.train_labels, epochs=4, seed=start, device=device)
        predicted = submission.predict(net, data.test_images, device=device)
        expect_shape(predicted, tuple(data.test_labels.shape), what="predict's result")
        expect_dtype(predicted, "int", what="predict's result")
        return (torch.as_tensor(predicted) == data.test_labels).double().mean().item()

    reach(measure, at_least=threshold["accuracy_4"], what="of the test images right")
