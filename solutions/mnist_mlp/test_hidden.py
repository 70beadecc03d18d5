"""Checks of mnist_mlp the student never has: networks and steps compared with trusted ones, and what a recorder saw."""

import itertools
from functools import partial

import numpy as np
import torch
from image_training import (
    PIXELS,
    accuracy_of,
    altered,
    digits,
    expect_trained,
    is_number,
    losses,
    network,
    numbered,
    recorded,
    state_of,
    tensor,
    trained,
    training_checks,
)
from network_copies import near
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# Numbers and lists the student returns -----------------------------------------------------------------------------


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


# The student's networks, explained by their own parameters ---------------------------------------------------------


def filled(submission, net, rows, seed):
    """Give the student's new network random values, in training mode; its state by name."""
    plain = (torch.Tensor, np.ndarray, int, float, str, list, tuple, dict, type(None))
    expect(not isinstance(net, plain), f"The network should be a torch.nn.Module; it is a {type(net).__name__}.")
    state = submission.probe("fill", net, rows, seed)
    expect_type(state, dict, what="the network's state_dict()")
    for name, value in state.items():
        expect_type(value, torch.Tensor, what=f"{name} in the network's state_dict()")
    return state


def fits(value, shape):
    """True when a tensor has this shape, but for axes of length 1 and for a matrix kept the other way round."""
    found = tuple(size for size in value.shape if size != 1)
    return found == shape or (len(shape) == 2 and found == shape[::-1])


def choices(state, shapes):
    """Every way to name one entry of the state for each of these shapes, none twice, in the order of the state."""
    names = [[name for name, value in state.items() if fits(value, shape)] for shape in shapes]
    distinct = (picked for picked in itertools.product(*names) if len(set(picked)) == len(picked))
    return itertools.islice(distinct, 1000)  # enough for any two-layer network; bounds a strange one


def explained(net, layers, state, rows, shapes, formula, what):
    """The entries of `net`'s state, one for each shape, with which `formula` gives its output on `rows`.

    Nothing is known of the student's attribute names: entries are found by their shape, which differs between layers,
    and those of equal shape (batch norm's vectors) by trying, those of `layers`, which ran, first. Fails when none fit.
    """
    output = net(rows)
    expect_shape(output, (len(rows), shapes[-1][0]), what=what)
    expect_dtype(output, "float", what=what)
    ran = [f"{layer.name}." for layer in layers]
    first = {name: value for name, value in state.items() if any(name.startswith(prefix) for prefix in ran)}
    for names in itertools.chain(choices(first, shapes), choices(state, shapes)):
        values = [oriented(state[name], shape) for name, shape in zip(names, shapes, strict=True)]
        if torch.allclose(output.double(), formula(rows.double(), *(v.double() for v in values)), rtol=1e-4, atol=1e-5):
            return names, values
    kinds = ", ".join(layer.kind for layer in layers) or "none that is a module of its own"
    asked = "Linear, Sigmoid, Linear, Softmax" if formula is two_layer else "Linear, BatchNorm1d, ReLU, Linear"
    expect(False, f"{what} is not what {asked} give with its own weights. The layers that ran, in order: {kinds}.")


def oriented(value, shape):
    """A tensor that `fits` this shape, in this shape: weights as (out, in), vectors without axes of length 1."""
    return value if tuple(value.shape) == shape else value.t() if len(shape) == 2 else value.reshape(shape)


def two_layer(x, w1, b1, w2, b2):
    """The lecture's network."""
    return F.softmax(torch.sigmoid(x @ w1.T + b1) @ w2.T + b2, dim=1)


def epsilon(layers):
    """The eps of the batch norm that ran; torch's own, 1e-5, where none did as a module."""
    found = [layer.settings.get("eps") for layer in layers if "eps" in layer.settings]
    return found[0] if found and is_number(found[0]) and 0 < found[0] <= 0.01 else 1e-5


def improved_training(eps, x, w1, gamma, beta, w2, b2):
    """The improved network in training mode, where a bias of the first layer cancels."""
    a = x @ w1.T
    a = (a - a.mean(0)) / (a.var(0, unbiased=False) + eps).sqrt()
    return torch.relu(gamma * a + beta) @ w2.T + b2


def improved_evaluation(eps, x, w1, gamma, beta, mean, var, *biases):
    """The improved network in evaluation mode; a bias of the first layer is redundant there and may be missing."""
    *b1, w2, b2 = biases
    a = (x @ w1.T + sum(b1) - mean) / (var + eps).sqrt()
    return torch.relu(gamma * a + beta) @ w2.T + b2


def expect_gradients(net, rows, names, values, formula, rng, what):
    """Backward from the student's network gives each of its parameters the gradient the formula gives it."""
    upstream = tensor(rng.normal(size=(len(rows), len(values[-1]))))
    leaves = [value.double().requires_grad_() for value in values]
    formula(rows.double(), *leaves).backward(upstream.double())
    found = net.gradients(rows, upstream=upstream).parameters
    for name, leaf in zip(names, leaves, strict=True):
        grad = found.get(name)
        expect(isinstance(grad, torch.Tensor), f"No gradient reaches {name} in {what}: it cannot learn.")
        grad = oriented(grad, tuple(leaf.shape))
        expect_close(grad.double(), leaf.grad, rtol=1e-3, atol=1e-4, what=f"the gradient of {name} in {what}")


@question("baseline", weight=2, hint="Linear, Sigmoid, Linear, Softmax(dim=1), both Linear layers with a bias.")
def test_two_layer_net_is_its_formula(submission, rng):
    """TwoLayerNet is softmax(W2 sigmoid(W1 x + b1) + b2) of its own weights, in three sizes, gradients too."""
    submission.library("torch").manual_seed(1)
    for inputs, hidden, classes in ((12, 5, 3), (7, 10, 4), (30, 8, 10)):
        what = f"TwoLayerNet({inputs}, {hidden}, {classes})"
        rows = tensor(rng.normal(size=(9, inputs)))
        net = submission.TwoLayerNet(inputs, hidden, classes)
        state = filled(submission, net, rows, int(rng.integers(1000)))
        shapes = [(hidden, inputs), (hidden,), (classes, hidden), (classes,)]
        names, values = explained(net, net.structure(rows), state, rows, shapes, two_layer, f"{what}'s output")
        expect_gradients(net, rows, names, values, two_layer, rng, what)


@question("improved", weight=2, hint="Linear, BatchNorm1d(hidden_size), ReLU, Linear; nothing after the last.")
def test_improved_net_in_training_mode(submission, rng):
    """In training mode ImprovedNet is Linear, batch norm by the batch, ReLU, Linear, in three sizes, gradients too."""
    submission.library("torch").manual_seed(1)
    for inputs, hidden, classes in ((12, 5, 3), (7, 9, 4), (30, 8, 10)):
        what = f"ImprovedNet({inputs}, {hidden}, {classes})"
        rows = tensor(3 * rng.normal(size=(11, inputs)))
        net = submission.ImprovedNet(inputs, hidden, classes)
        state = filled(submission, net, rows, int(rng.integers(1000)))
        layers = net.structure(rows)
        formula = partial(improved_training, epsilon(layers))
        shapes = [(hidden, inputs), (hidden,), (hidden,), (classes, hidden), (classes,)]
        names, values = explained(net, layers, state, rows, shapes, formula, f"{what}'s output in training mode")
        expect_gradients(net, rows, names, values, formula, rng, f"{what} in training mode")


@question("improved", weight=2, hint="nn.BatchNorm1d does this by itself after net.eval(), as a part of the module.")
def test_improved_net_in_evaluation_mode(submission, rng):
    """In evaluation mode ImprovedNet normalises with the running averages, so one row's answer needs no other row."""
    submission.library("torch").manual_seed(1)
    inputs, hidden, classes = 12, 5, 3
    rows = tensor(3 * rng.normal(size=(6, inputs)))
    net = submission.ImprovedNet(inputs, hidden, classes)
    state = filled(submission, net, rows, int(rng.integers(1000)))
    net.eval()
    layers = net.structure(rows)
    bias = [(hidden,)] if sum(fits(value, (hidden,)) for value in state.values()) > 4 else []
    shapes = [(hidden, inputs), *[(hidden,)] * 4, *bias, (classes, hidden), (classes,)]
    formula = partial(improved_evaluation, epsilon(layers))
    explained(net, layers, state, rows, shapes, formula, "ImprovedNet's output in evaluation mode")
    before = net(rows)
    expect_type(before, torch.Tensor, what="ImprovedNet's output in evaluation mode")
    net.train()
    net(2 * rows + 1)
    net.eval()
    still = near(net(rows), before)
    expect(not still, "Training does not move the running averages: evaluation mode answers as it did before.")


# one_hot and split_train_valid -------------------------------------------------------------------------------------


@question("one_hot", weight=2, hint="The width is num_classes, whatever labels occur; F.one_hot returns integers.")
def test_one_hot_of_random_labels(submission, rng):
    """Row n of one_hot is 1 at labels[n] and 0 elsewhere, as floats, also where the largest labels do not occur."""
    for count, classes, largest in ((7, 5, 5), (13, 10, 6), (1, 3, 1), (6, 6, 6)):
        labels = torch.tensor(rng.integers(0, largest, size=count))
        expected = (labels[:, None] == torch.arange(classes)).float()
        what = f"one_hot of {count} labels with {classes} classes"
        actual = submission.one_hot(labels, classes)
        expect_close(actual, expected, what=what)
        expect_dtype(actual, "float", what=what)


@question("split", hint="Shuffle before cutting: torch.randperm, or an array shuffled in place.")
def test_split_is_shuffled(submission, rng):
    """The validation rows are drawn from everywhere, neither the first nor the last ones nor one in a row."""
    for n, valid_size in ((40, 15), (101, 60)):
        train_rows, valid_rows = divided(submission, n, valid_size, int(rng.integers(1000)))
        sizes = (len(train_rows), len(valid_rows))
        expect_equal(sizes, (n - valid_size, valid_size), what="the sizes of (train_idx, valid_idx)")
        once = sorted(train_rows + valid_rows) == list(range(n))
        expect(once, f"Not every one of the {n} rows is in exactly one of the two parts.")
        gaps = set(np.diff(sorted(valid_rows)).tolist())
        expect(len(gaps) > 1, "The validation rows follow a regular pattern: draw them at random.")
        wide = max(valid_rows) - min(valid_rows) >= valid_size + 2
        expect(wide, f"The {valid_size} validation rows of {n} lie all together: draw them at random.")


@question("split", hint="Make the generator from seed inside the function, and use nothing else that is random.")
def test_split_depends_on_the_seed_alone(submission, rng):
    """The same seed gives the same rows again, whatever was drawn in between; another seed gives other rows."""
    first, second = (int(value) for value in rng.choice(1000, size=2, replace=False))
    rows = divided(submission, 60, 20, first)
    submission.library("torch").manual_seed(17)
    submission.library("numpy.random").seed(17)
    again, other = divided(submission, 60, 20, first), divided(submission, 60, 20, second)
    expect(rows == again, "split_train_valid gives other rows when it is called again with the same seed.")
    expect(set(rows[1]) != set(other[1]), "split_train_valid gives the same validation rows for two different seeds.")


# train and predict -------------------------------------------------------------------------------------------------

BOTH = {"takes": "both"}  # images or rows: that train flattens is a check of its own

globals().update(training_checks("train", weight=8, **BOTH))


@question("train", weight=0.5, hint="The networks take rows: give them images.flatten(1) in train and in predict.")
def test_images_are_flattened(submission, rng, device):
    """train and predict flatten the images themselves: the network they are given takes rows (N, H·W)."""
    rows = {"takes": "rows"}
    trained(submission, rng, device, rows, steps=2)
    trusted, net = network(submission, rng, 5, **rows)
    images, _ = digits(rng, 9, 5)
    predicted = submission.predict(net, images, batch_size=4, device=device)
    with torch.no_grad():
        expect_equal(predicted, trusted.eval()(images.flatten(1)).argmax(1), what="predict's result")


# train_with_validation and best_epoch ------------------------------------------------------------------------------


def both_lists(history, epochs):
    """The two lists of train_with_validation as float64 tensors."""
    expect_type(history, dict, what="train_with_validation's result")
    expect({"train", "valid"} <= set(history), 'train_with_validation should return {"train": [...], "valid": [...]}.')
    return losses(history["train"], epochs, 'history["train"]'), losses(history["valid"], epochs, 'history["valid"]')


@question(
    "validation",
    weight=2,
    given=("split_train_valid",),
    hint="model.train() at the start of every epoch, model.eval() for validation.",
)
def test_validation_beside_torch(submission, rng, device):
    """Weights, running averages and both lists are those of torch on the same training and validation rows."""
    count, valid_size, epochs, seed = 45, 17, 4, 11
    trusted, net = network(submission, rng, 5, **BOTH)
    images, labels = digits(rng, count, 5)
    train_rows, valid_rows = divided(submission, count, valid_size, seed)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = submission.train_with_validation(
        net, images, labels, valid_size=valid_size, epochs=epochs, batch_size=50, lr=0.02, seed=seed, device=device
    )
    met, measured = trusted_history(trusted, images, labels, train_rows, valid_rows, epochs)
    expect_trained(submission, net, start, trusted, epochs)
    train_losses, valid_losses = both_lists(history, epochs)
    expect_close(train_losses, met, rtol=2e-3, what='history["train"]')
    expect_close(valid_losses, measured, rtol=2e-3, what='history["valid"]')


def trusted_history(net, images, labels, train_rows, valid_rows, epochs):
    """Both losses of epochs of one batch each, with one optimiser throughout."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    met, measured = [], []
    for _ in range(epochs):
        loss = F.cross_entropy(net.train()(images[train_rows]), labels[train_rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
        with torch.no_grad():
            measured.append(F.cross_entropy(net.eval()(images[valid_rows]), labels[valid_rows]).item())
    return torch.tensor(met, dtype=torch.float64), torch.tensor(measured, dtype=torch.float64)


@question(
    "validation",
    given=("split_train_valid",),
    hint="Gradients and steps for train_idx only; torch.no_grad() and model.eval() for valid_idx.",
)
def test_validation_rows_are_only_measured(submission, rng, device):
    """Training sees every training row once an epoch and no other; validation is in evaluation mode, no gradients."""
    count, valid_size, epochs = 50, 14, 2
    net = submission.probe("recorder", PIXELS, 5)
    images, labels = numbered(count, 5, rng)
    train_rows, valid_rows = divided(submission, count, valid_size, 9)
    submission.train_with_validation(
        net, images, labels, valid_size=valid_size, epochs=epochs, batch_size=10, seed=9, device=device
    )
    calls = recorded(submission, net, count)
    validation = [(mode, grad) for mode, grad, rows in calls if set(rows) <= set(valid_rows)]
    expect(len(validation) > 0, "The network is never run on the validation rows alone.")
    expect(not any(mode for mode, _ in validation), "Validation rows are run in training mode: model.eval() first.")
    expect(not any(grad for _, grad in validation), "Validation rows are run with gradients: use torch.no_grad().")
    learned = sorted(row for _, grad, rows in calls if grad for row in rows)
    expect(not set(learned) & set(valid_rows) - set(train_rows), "The network is trained on validation rows.")
    expect(learned == sorted(train_rows * epochs), "An epoch should train on every row of train_idx once; it does not.")


@question(
    "validation",
    weight=0.75,
    given=("split_train_valid",),
    hint="Add up loss.item() * len(batch) and divide by the number of rows, once for each of the two lists.",
)
def test_validation_loss_is_the_mean_over_rows(submission, rng, device):
    """The losses are means: of the validation rows, the last batch may be short, and of all batches of an epoch."""
    trusted, net = network(submission, rng, 5, **BOTH)
    images, labels = digits(rng, 340, 5)  # more rows to validate on than fit into a usual batch
    _, valid_rows = divided(submission, 340, 300, 2)
    far = valid_rows[-1:]  # one row with a large loss: means over rows and over batches differ
    images[far] *= 40
    with torch.no_grad():
        labels[far] = trusted.eval()(images[far]).argmin(1)
    history = submission.train_with_validation(
        net, images, labels, valid_size=300, epochs=2, batch_size=11, lr=0.01, seed=2, device=device
    )
    trusted.load_state_dict(state_of(submission, net, trusted.state_dict()))
    with torch.no_grad():
        expected = F.cross_entropy(trusted.eval()(images[valid_rows]), labels[valid_rows])
    expect_close(both_lists(history, 2)[1][-1], expected.double(), rtol=2e-3, what='the last entry of history["valid"]')
    # At this rate nothing moves, and the 40 training rows are four whole batches: any mean is the same one.
    trusted, net = network(submission, rng, 5, norm=False, **BOTH)
    train_rows, _ = divided(submission, 340, 300, 3)
    history = submission.train_with_validation(
        net, images, labels, valid_size=300, epochs=2, batch_size=10, lr=1e-9, seed=3, device=device
    )
    with torch.no_grad():
        expected = F.cross_entropy(trusted(images[train_rows]), labels[train_rows]).double().expand(2)
    expect_close(both_lists(history, 2)[0], expected, rtol=2e-3, what='history["train"], with four batches an epoch,')


@question("validation", weight=0.5, hint="Counted from 0; of equal losses the first.")
def test_best_epoch_is_the_first_minimum(submission, rng):
    """best_epoch is the position of the smallest loss, counted from 0, the first of several equal ones."""
    for length in (1, 4, 9, 9, 30):
        values = [float(value) / 8 for value in rng.integers(1, 6, size=length)]
        actual = submission.best_epoch(values)
        expect(is_number(actual), "best_epoch should return a whole number.")
        right = int(np.argmin(values))
        expect(float(actual) == right, f"best_epoch of {length} losses should be {right}; it is {float(actual):g}.")


# accuracy ----------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    weight=2,
    trains=True,
    seconds=0.3,
    hint="Five epochs of a correct train on a correct ImprovedNet are enough.",
)
def test_accuracy_on_altered_images(submission, data, threshold, reach, rng, device):
    """ImprovedNet(784, 50, 10) is accurate enough also on test images in a new order, each a little altered."""
    images, labels = altered(data, rng)

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.ImprovedNet(784, 50, 10)
        submission.train(net, data.train_images, data.train_labels, epochs=5, seed=start, device=device)
        return accuracy_of(submission, net, images, labels, device)

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
