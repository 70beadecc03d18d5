"""Checks of mnist_mlp the student has: worked examples, and small networks trained beside a trusted copy."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

HIDDEN, CLASSES = 6, 4

# What several checks need ----------------------------------------------------------------------------------------


def tensor(values):
    """A float32 tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def digits(rng, count):
    """Random images (count, 1, 28, 28) and labels (count,)."""
    return tensor(rng.normal(size=(count, 1, 28, 28))), torch.tensor(rng.integers(0, CLASSES, size=count))


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


def row_numbers(values, what):
    """The student's row numbers, a tensor, an array or a list of integers, as a list of ints."""
    expect_type(values, (torch.Tensor, np.ndarray, list, tuple), what=what)
    if isinstance(values, torch.Tensor | np.ndarray):
        expect_shape(values, (len(values),) if values.ndim else (0,), what=what)
        expect("int" in str(values.dtype), f"{what} should hold whole numbers; its dtype is {values.dtype}.")
        return [int(value) for value in values]
    whole = all(is_number(value) and float(value).is_integer() for value in values)
    expect(whole, f"{what} should hold row numbers, whole numbers from 0.")
    return [int(value) for value in values]


def divided(submission, n, valid_size, seed):
    """The student's own (train rows, validation rows) as lists of ints, all of them below n."""
    pair = submission.split_train_valid(n, valid_size, seed)
    expect_type(pair, (tuple, list), what="split_train_valid's result")
    expect(len(pair) == 2, f"split_train_valid should return (train_idx, valid_idx); it returned {len(pair)} things.")
    found = row_numbers(pair[0], "train_idx"), row_numbers(pair[1], "valid_idx")
    inside = all(0 <= row < n for row in (*found[0], *found[1]))
    expect(inside, f"split_train_valid({n}, …) gives rows outside 0 … {n - 1}.")
    expect(len(found[0]) > 1 and len(found[1]) > 1, "split_train_valid leaves one part without rows.")
    return found


def network(submission, rng):
    """One small network that returns logits, twice: a trusted torch one, and its copy where the student's code runs.

    The first Linear has no bias: before a BatchNorm its gradient is rounding noise, which Adam would blow up.
    """
    trusted = nn.Sequential(
        nn.Flatten(), nn.Linear(784, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES)
    )
    signs = rng.choice([-1.0, 1.0], size=HIDDEN)
    trusted.load_state_dict(
        {
            "1.weight": tensor(rng.normal(size=(HIDDEN, 784)) / 28),
            "2.weight": tensor(signs * rng.uniform(0.5, 1.5, size=HIDDEN)),
            "2.bias": tensor(rng.normal(size=HIDDEN) / 2),
            "2.running_mean": tensor(rng.normal(size=HIDDEN)),
            "2.running_var": tensor(rng.uniform(0.5, 1.5, size=HIDDEN)),
            "2.num_batches_tracked": torch.tensor(0),
            "4.weight": tensor(rng.normal(size=(CLASSES, HIDDEN)) / 2),
            "4.bias": tensor(rng.normal(size=CLASSES) / 2),
        }
    )
    library = submission.library("torch.nn")
    copy = library.Sequential(
        library.Flatten(),
        library.Linear(784, HIDDEN, bias=False),
        library.BatchNorm1d(HIDDEN),
        library.ReLU(),
        library.Linear(HIDDEN, CLASSES),
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


def state_of(net, like):
    """The state of a network of ours after the student's code had it; its entries must have kept their shapes."""
    state = net.state_dict()
    expect_type(state, dict, what="the network's state_dict()")
    expect(set(state) == set(like), "The layers of the network are not those it came with.")
    for name, value in like.items():
        expect_shape(state[name], tuple(value.shape), what=f"the network's {name}")
    return {name: torch.as_tensor(value) for name, value in state.items()}


def distance(first, second, names):
    """Sum of the absolute differences of two states over the named entries."""
    return sum((first[name] - second[name]).abs().sum().item() for name in names)


# one_hot ---------------------------------------------------------------------------------------------------------


@question("one_hot", hint="torch.eye(num_classes) has the rows you need; index it with the labels.")
def test_rows_of_the_identity(submission):
    """one_hot of the labels 2, 0, 3 with four classes is the rows 2, 0 and 3 of the 4×4 identity, as floats."""
    expected = torch.tensor([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    actual = submission.one_hot(torch.tensor([2, 0, 3]), 4)
    expect_close(actual, expected, what="one_hot([2, 0, 3], 4)")
    expect_dtype(actual, "float", what="one_hot([2, 0, 3], 4)")


# TwoLayerNet and ImprovedNet -------------------------------------------------------------------------------------


@question("baseline", hint="Softmax over the classes of each image: dim=1, not over the images of the batch.")
def test_rows_are_probabilities(submission, rng):
    """TwoLayerNet gives every image of the batch probabilities: not negative, and each row sums to 1."""
    submission.library("torch").manual_seed(1)
    net = submission.TwoLayerNet(12, 5, 3)
    output = net(tensor(rng.normal(size=(8, 12))))
    expect_shape(output, (8, 3), what="TwoLayerNet(12, 5, 3) of 8 rows")
    expect_dtype(output, "float", what="the output")
    expect(bool((output >= 0).all()), "Some of TwoLayerNet's outputs are negative: probabilities are not.")
    expect_close(output.sum(dim=1), torch.ones(8), what="the sum of each row of TwoLayerNet's output")


@question("improved", weight=2, hint="Linear, BatchNorm1d, ReLU, Linear, and no softmax: logits of either sign.")
def test_logits_and_batch_norm(submission, rng):
    """ImprovedNet returns logits, and batch norm makes it answer differently in training and in evaluation mode."""
    submission.library("torch").manual_seed(1)
    net = submission.ImprovedNet(12, 7, 8)
    rows = tensor(2 * rng.normal(size=(64, 12)) + 1)
    net.train()
    expect_shape(net(rows), (64, 8), what="ImprovedNet(12, 7, 8) of 64 rows")
    net.load_state_dict(redrawn(net.state_dict(), rng))
    training = net(rows)
    expect_dtype(training, "float", what="the output")
    both = bool((training < 0).any()) and bool((training > 0).any())
    expect(both, "All outputs of ImprovedNet have one sign. Logits have both: nothing after the last layer.")
    net.eval()
    evaluation = net(rows)
    expect_shape(evaluation, (64, 8), what="ImprovedNet(12, 7, 8) of 64 rows in evaluation mode")
    same = torch.allclose(training, evaluation.to(training.dtype), atol=1e-4)
    expect(
        not same,
        "ImprovedNet answers alike in training and in evaluation mode: batch norm with running averages does not.",
    )


def redrawn(state, rng):
    """Random weights of both signs and positive vectors for a network, so that its own start does not matter."""
    expect_type(state, dict, what="the network's state_dict()")
    new = {}
    for name, value in state.items():
        expect_type(value, torch.Tensor, what=f"{name} in the network's state_dict()")
        drawn = (
            rng.normal(size=tuple(value.shape)) if value.ndim > 1 else rng.uniform(0.2, 1.0, size=tuple(value.shape))
        )
        new[name] = tensor(drawn) if value.is_floating_point() else value
    return new


# split_train_valid -----------------------------------------------------------------------------------------------


@question(
    "split", hint="Shuffle the numbers 0 … n-1, then cut: valid_size of them for validation, the others for training."
)
def test_every_row_once(submission):
    """Of 20 rows 15 are for training and 5 for validation, and every row is in exactly one of the two."""
    train_rows, valid_rows = divided(submission, 20, 5, 3)
    expect_equal((len(train_rows), len(valid_rows)), (15, 5), what="the sizes of (train_idx, valid_idx)")
    expect(not set(train_rows) & set(valid_rows), "Some rows are in train_idx and in valid_idx.")
    once = sorted(train_rows + valid_rows) == list(range(20))
    expect(once, "Not every one of the 20 rows is in exactly one of the two parts.")


# train and predict -----------------------------------------------------------------------------------------------


@question(
    "train",
    weight=3,
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
    moved = distance(after, start, weights)
    expect(moved != 0, "The network given has not changed. Train that network itself, and take optimizer steps.")
    error = distance(after, target, weights) / distance(target, start, weights)
    expect(error < 0.01, f"After three steps the weights are off by {error:.0%} of the way they should have moved.")
    actual = losses(history, 3, "train's history")
    expect_close(torch.tensor(actual), torch.tensor(expected), rtol=1e-3, what="train's history")


@question("train", weight=1.5, hint="argmax over the classes (dim=1); torch.cat the batches; .cpu().")
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


# train_with_validation and best_epoch ----------------------------------------------------------------------------


@question(
    "validation",
    weight=1.5,
    given=("split_train_valid",),
    hint="After each epoch: model.eval(), torch.no_grad(), and the cross-entropy of the rows in valid_idx.",
)
def test_validation_loss(submission, rng, device):
    """The last validation loss is the trained network's cross-entropy on the validation rows, in evaluation mode."""
    trusted, net = network(submission, rng)
    images, labels = digits(rng, 40)
    _, valid_rows = divided(submission, 40, 12, 5)
    history = submission.train_with_validation(
        net, images, labels, valid_size=12, epochs=2, batch_size=14, lr=0.01, seed=5, device=device
    )
    expect_type(history, dict, what="train_with_validation's result")
    expect({"train", "valid"} <= set(history), 'train_with_validation should return {"train": [...], "valid": [...]}.')
    losses(history["train"], 2, 'history["train"]')
    actual = losses(history["valid"], 2, 'history["valid"]')
    trusted.load_state_dict(state_of(net, trusted.state_dict()))
    trusted.eval()
    with torch.no_grad():
        expected = F.cross_entropy(trusted(images[valid_rows]), labels[valid_rows])
    expect_close(torch.tensor(actual[-1]), expected, rtol=1e-3, what="the last validation loss")


@question("validation", weight=0.5, hint="Count from 0; of equal losses the first counts.")
def test_best_epoch_of_worked_lists(submission):
    """The best epoch of 0.9, 0.4, 0.6 is 1, that of 0.5, 0.3, 0.3 is 1 as well, and that of 0.2, 0.7 is 0."""
    for values, expected in (([0.9, 0.4, 0.6], 1), ([0.5, 0.3, 0.3], 1), ([0.2, 0.7], 0)):
        actual = submission.best_epoch(values)
        expect(is_number(actual), f"best_epoch({values}) should be a whole number.")
        expect(float(actual) == expected, f"best_epoch({values}) should be {expected}; it is {float(actual):g}.")


# accuracy --------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    trains=True,
    seconds=0.3,
    hint="If train and improved pass their checks, this passes too: begin with those.",
)
def test_accuracy_after_five_epochs(submission, data, threshold, reach, device):
    """ImprovedNet(784, 50, 10), trained by your train for 5 epochs, gets enough of the test images right."""

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.ImprovedNet(784, 50, 10)
        submission.train(net, data.train_images, data.train_labels, epochs=5, seed=start, device=device)
        predicted = submission.predict(net, data.test_images, device=device)
        expect_shape(predicted, tuple(data.test_labels.shape), what="predict's result")
        expect_dtype(predicted, "int", what="predict's result")
        return (torch.as_tensor(predicted) == data.test_labels).double().mean().item()

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
