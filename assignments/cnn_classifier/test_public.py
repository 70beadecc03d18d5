"""Checks of cnn_classifier the student has: sizes, worked examples, a small network trained beside a trusted copy."""

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


# CNNClassifier ---------------------------------------------------------------------------------------------------


@question(
    "architecture",
    hint="No padding: 28 → 24 → 12 → 8 → 4. A bias in every convolution and Linear layer, 320 → 50 → 10 in the head.",
)
def test_sizes_and_number_of_weights(submission, rng):
    """The features of 3 images are (3, 20, 4, 4), their logits (3, 10), and the network has 22,000 parameters."""
    net = made(submission.CNNClassifier(10), "CNNClassifier(10)")
    images, _ = digits(rng, 3)
    features = made(net.features, "CNNClassifier(10).features")
    expect_shape(features(images), (3, 20, 4, 4), what="the features of 3 images")
    expect_shape(net(images), (3, 10), what="CNNClassifier(10)'s result for 3 images")
    state_of(features)
    weights = submission.library("torch.nn.utils").parameters_to_vector(net.parameters())
    expect_type(weights, torch.Tensor, what="all parameters in one vector")
    count = weights.numel()
    expect(count == 22_000, f"CNNClassifier(10) has {count:,} parameters; with all its layers it has 22,000.")


@question(
    "architecture",
    hint="Nothing after the last Linear layer; batch norm as a layer of the network, so that net.eval() reaches it.",
)
def test_logits_and_batch_norm(submission, rng):
    """The network returns logits, and batch norm makes it answer differently in training and in evaluation mode."""
    net = made(submission.CNNClassifier(10), "CNNClassifier(10)")
    images, _ = digits(rng, 16)
    net.train()
    expect_shape(net(images), (16, 10), what="CNNClassifier(10)'s result for 16 images")
    net.load_state_dict(redrawn(state_of(net), rng))
    training = net(images)
    expect_dtype(training, "float", what="the network's result")
    expect_logits(training)
    net.eval()
    evaluation = net(images)
    expect_shape(evaluation, (16, 10), what="the network's result for 16 images in evaluation mode")
    same = torch.allclose(training.double(), evaluation.double(), rtol=1e-4, atol=1e-4)
    expect(not same, "The network answers alike in training and in evaluation mode: with batch norm it does not.")


def redrawn(state, rng):
    """Random weights in place of a network's own, so that its start does not matter.

    Vectors are positive. The rows of a matrix are pairs of opposite sign, so that some logits are negative.
    """
    new = {}
    for name, value in state.items():
        shape = tuple(value.shape)
        drawn = rng.normal(size=shape) if value.ndim > 1 else rng.uniform(0.2, 1.0, size=shape)
        if value.ndim == 2:
            drawn[1::2] = -drawn[: 2 * (len(drawn) // 2) : 2]
            drawn *= 3  # far more than the biases, which come in no pairs
        new[name] = tensor(drawn) if value.is_floating_point() else value
    return new


def expect_logits(rows):
    """Rows that are no probabilities, no logarithms of such, and not cut off at 0."""
    ones = torch.ones(len(rows), dtype=torch.float64)
    rows = rows.double()
    positive = bool((rows >= 0).all())
    if positive and torch.allclose(rows.sum(dim=1), ones, atol=1e-4):
        expect(False, "The rows of the network's result sum to 1: there is a softmax inside. Logits are asked for.")
    if torch.allclose(rows.exp().sum(dim=1), ones, atol=1e-4):
        expect(False, "The network's result is a log_softmax: its exponentials sum to 1. Logits are asked for.")
    expect(
        not positive, "None of the network's results is negative. Logits have both signs: nothing after the last layer."
    )


# count_parameters ------------------------------------------------------------------------------------------------


@question("parameters", hint="numel() of every tensor in module.parameters() whose requires_grad is True.")
def test_counts_of_small_layers(submission):
    """Linear(4, 3) has 15 parameters, a convolution with batch norm 20 + 4, and frozen layers have none."""
    library = submission.library("torch.nn")
    linear = library.Linear(4, 3)
    small = library.Sequential(library.Conv2d(1, 2, 3), library.BatchNorm2d(2), library.ReLU())
    expect_count(submission.count_parameters(linear), 15, "count_parameters(nn.Linear(4, 3))")
    expect_count(submission.count_parameters(small), 24, "count_parameters of Conv2d(1, 2, 3), BatchNorm2d(2), ReLU")
    small.requires_grad_(False)
    expect_count(submission.count_parameters(small), 0, "count_parameters of the same layers, frozen,")


def expect_count(actual, expected, what):
    """A number of any kind that equals `expected`."""
    expect(is_number(actual), f"{what} should be a number; it is a {type(actual).__name__}.")
    expect(float(actual) == expected, f"{what} should be {expected:,}; it is {float(actual):,.10g}.")


# feature_shapes --------------------------------------------------------------------------------------------------


@question("shapes", hint="In the hook: append tuple(output.shape) to a list.")
def test_shapes_of_a_small_network(submission, rng):
    """A convolution, a pooling, a Flatten and a Linear layer of 2 images: four shapes, each with the 2 in front."""
    library = submission.library("torch.nn")
    net = library.Sequential(library.Conv2d(1, 3, 3), library.MaxPool2d(2), library.Flatten(), library.Linear(36, 7))
    shapes = submission.feature_shapes(net, tensor(rng.normal(size=(2, 1, 10, 8))))
    expect_type(shapes, (list, tuple), what="feature_shapes' result")
    expected = [(2, 3, 8, 6), (2, 3, 4, 3), (2, 36), (2, 7)]
    expect(len(shapes) == 4, f"feature_shapes lists {len(shapes)} shapes, and 4 children ran.")
    for number, (shape, right) in enumerate(zip(shapes, expected, strict=True)):
        expect_type(shape, (tuple, list), what="each shape in feature_shapes' result")
        expect_equal(tuple(shape), right, what=f"shape {number} in feature_shapes' result")


# weight_init -----------------------------------------------------------------------------------------------------


@question("train", hint="nn.init.normal_(module.weight, 0.0, 0.02); for batch norm the mean is 1; 0.02 is no variance.")
def test_the_lectures_start(submission, rng):
    """net.apply(weight_init) gives weights N(0, 0.02), batch norm N(1, 0.02), biases 0 except for convolutions."""
    submission.library("torch").manual_seed(int(rng.integers(1000)))
    library = submission.library("torch.nn")
    net = library.Sequential(library.Conv2d(10, 80, 5), library.BatchNorm2d(3000), library.Linear(100, 200))
    before = state_of(net)
    net.apply(submission.weight_init)
    after = state_of(net, before)
    expect_normal(after["0.weight"], 0.0, "the weights of Conv2d")
    expect_normal(after["1.weight"], 1.0, "the weights of BatchNorm2d")
    expect_normal(after["2.weight"], 0.0, "the weights of Linear")
    expect(bool((after["1.bias"] == 0).all()), "weight_init should set the bias of BatchNorm2d to 0.")
    expect(bool((after["2.bias"] == 0).all()), "weight_init should set the bias of Linear to 0.")
    expect_equal(after["0.bias"], before["0.bias"], what="the bias of Conv2d, which weight_init leaves alone,")


def expect_normal(values, mean, what):
    """Mean and standard deviation of some thousand draws from N(mean, 0.02): eight standard errors are allowed."""
    values = values.double().flatten()
    error = 8 / len(values) ** 0.5
    found, spread = values.mean().item(), values.std().item()
    expect(abs(found - mean) < 0.02 * error, f"The mean of {what} should be {mean:g}; it is {found:.4g}.")
    fine = abs(spread / 0.02 - 1) < error
    expect(fine, f"The standard deviation of {what} should be 0.02; it is {spread:.4g}.")


# train and predict -----------------------------------------------------------------------------------------------


def network(submission, rng):
    """One small network that returns logits, twice: a trusted torch one, and its copy where the student's code runs.

    The convolution has no bias: before a batch norm its gradient is rounding noise, which Adam would blow up.
    """

    def layers(library):
        return library.Sequential(
            library.Conv2d(1, CHANNELS, 3, bias=False),
            library.BatchNorm2d(CHANNELS),
            library.MaxPool2d(2),
            library.ReLU(),
            library.Flatten(),
            library.Linear(CHANNELS * PLACES, CLASSES),
        )

    trusted, copy = layers(nn), layers(submission.library("torch.nn"))
    signs = rng.choice([-1.0, 1.0], size=CHANNELS)
    trusted.load_state_dict(
        {
            "0.weight": tensor(rng.normal(size=(CHANNELS, 1, 3, 3)) / 3),
            "1.weight": tensor(signs * rng.uniform(0.5, 1.5, size=CHANNELS)),
            "1.bias": tensor(rng.normal(size=CHANNELS) / 2),
            "1.running_mean": tensor(rng.normal(size=CHANNELS)),
            "1.running_var": tensor(rng.uniform(0.5, 1.5, size=CHANNELS)),
            "1.num_batches_tracked": torch.tensor(0),
            "5.weight": tensor(rng.normal(size=(CLASSES, CHANNELS * PLACES)) / 26),
            "5.bias": tensor(rng.normal(size=CLASSES) / 2),
        }
    )
    copy.load_state_dict(trusted.state_dict())
    return trusted, copy


def adam_steps(net, images, labels, count, lr):
    """Train `net` for `count` steps on one and the same batch; the loss at the start of each step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    met = []
    for _ in range(count):
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return met


def distance(first, second):
    """Sum of the absolute differences of two tensors."""
    return (first - second).abs().sum().item()


@question(
    "train",
    weight=2,
    hint="One batch holds all rows, so an epoch is one step: cross-entropy of the logits, zero_grad, backward, step.",
)
def test_three_steps(submission, rng, device):
    """Three epochs of one batch are three steps of Adam on the cross-entropy, and its losses are returned."""
    trusted, net = network(submission, rng)
    images, labels = digits(rng, 24)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = submission.train(net, images, labels, epochs=3, batch_size=32, lr=0.01, seed=1, device=device)
    expected = adam_steps(trusted, images, labels, 3, 0.01)
    weights = [name for name, _ in trusted.named_parameters()]
    target = trusted.state_dict()
    after = state_of(net, target)
    moved = any(not torch.equal(after[name], start[name]) for name in weights)
    expect(moved, "The network given has not changed. Train that network itself, and take optimizer steps.")
    for name in weights:
        error = distance(after[name], target[name]) / distance(target[name], start[name])
        far = f"{error:.0%} of the way it should have moved"
        expect(error < 0.05, f"After three steps the network's {name} is off by {far}.")
    actual = losses(history, 3, "train's history")
    expect_close(torch.tensor(actual), torch.tensor(expected), rtol=2e-3, what="train's history")


@question("train", hint="argmax over the classes (dim=1); torch.cat the batches; .cpu().")
def test_predicts_the_brightest_pixel(submission, device):
    """A network whose logits are three pixels of the image: predict returns the number of the brightest, int64 (N,)."""
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(784, 3))
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
    seconds=1.3,
    hint="If train and architecture pass their checks, this passes too: begin with those.",
)
def test_accuracy_after_three_epochs(submission, data, threshold, reach, device):
    """CNNClassifier(10), trained by your train for 3 epochs, gets enough of the test images right."""

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.CNNClassifier(10)
        submission.train(net, data.train_images, data.train_labels, epochs=3, seed=start, device=device)
        predicted = submission.predict(net, data.test_images, device=device)
        expect_shape(predicted, tuple(data.test_labels.shape), what="predict's result")
        expect_dtype(predicted, "int", what="predict's result")
        return (torch.as_tensor(predicted) == data.test_labels).double().mean().item()

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
