"""The hidden checks of `train` and `predict` as the image assignments share them, CONTENT's common interface.

    globals().update(training_checks("accuracy", log_probabilities=True))

in a test_hidden.py adds them to a question. Networks of ours are trained by the student's code and by torch beside it.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

SIZE = (8, 6)
PIXELS = SIZE[0] * SIZE[1]
CHANNELS, FILTER = 4, 3

# Values that come back ---------------------------------------------------------------------------------------------


def tensor(values):
    """A float32 tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


def losses(values, count, what="train's history"):
    """The student's list of losses as a float64 tensor; fails in words when it is no list of `count` numbers."""
    expect_type(values, (list, tuple), what=what)
    expect(len(values) == count, f"{what} has {len(values)} entries, and there were {count} epochs: one loss each.")
    expect(all(is_number(value) for value in values), f"{what} should hold plain numbers, one loss per epoch.")
    found = torch.tensor([float(value) for value in values], dtype=torch.float64)
    expect(bool(found.isfinite().all()), f"{what} holds NaN or infinite values: the training has diverged.")
    return found


def tensors(values, what):
    """A dict of tensors by name, as it came from the worker."""
    expect_type(values, dict, what=what)
    for name, value in values.items():
        expect_type(value, torch.Tensor, what=f"{name} in {what}")
    return values


def accuracy_of(submission, net, images, labels, device):
    """The share of images that the student's `predict` gets right; fails in words when it returns no class indices."""
    predicted = submission.predict(net, images, device=device)
    expect_shape(predicted, (len(labels),), what="predict's result")
    expect_dtype(predicted, "int", what="predict's result")
    return (torch.as_tensor(predicted) == labels).double().mean().item()


def altered(data, rng):
    """Test images in a new order, each a little brighter or darker, and their labels: answers learnt by heart fail."""
    order = torch.tensor(rng.permutation(len(data.test_labels)))
    images = data.test_images[order] * tensor(rng.uniform(0.97, 1.03, size=(len(order), 1, 1, 1)))
    return images, data.test_labels[order]


# One network twice -------------------------------------------------------------------------------------------------


def digits(rng, count, classes, size=SIZE):
    """Random images (count, 1, *size) and labels (count,)."""
    return tensor(rng.normal(size=(count, 1, *size))), torch.tensor(rng.integers(0, classes, size=count))


def network(submission, rng, classes, *, takes="images", log_probabilities=False, size=SIZE, norm=True, dead=False):
    """One small convolutional network with random values twice: trusted, and its copy where the student's code runs.

    `takes`: "images" (N, 1, H, W), "rows" (N, H·W), or "both". `dead`, without `norm`: the first filter's bias is so
    low that its ReLU is 0 for every image, and no gradient reaches its weights.
    """
    rows = CHANNELS * ((size[0] - FILTER + 1) // 2) * ((size[1] - FILTER + 1) // 2)
    first = nn.Conv2d(1, CHANNELS, FILTER, bias=not norm)  # a bias before batch norm has only noise for a gradient
    middle = [nn.BatchNorm2d(CHANNELS)] if norm else []
    last = [nn.LogSoftmax(dim=1)] if log_probabilities else []
    begin = {"images": [], "rows": [nn.Unflatten(1, (1, *size))], "both": [nn.Flatten(), nn.Unflatten(1, (1, *size))]}
    maps = [*begin[takes], first, *middle, nn.MaxPool2d(2), nn.ReLU()]
    trusted = nn.Sequential(*maps, nn.Flatten(), nn.Linear(rows, classes), *last)
    for module in trusted:
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.weight.data = tensor(rng.normal(size=tuple(module.weight.shape)) / module.weight[0].numel() ** 0.5)
            if module.bias is not None:
                module.bias.data = tensor(rng.normal(size=len(module.bias)) / 2)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data = tensor(rng.uniform(0.5, 1.5, size=CHANNELS) * rng.choice([-1, 1], size=CHANNELS))
            module.bias.data = tensor(rng.normal(size=CHANNELS) / 2)
            module.running_mean = tensor(rng.normal(size=CHANNELS))
            module.running_var = tensor(rng.uniform(0.5, 2, size=CHANNELS))
    if dead:
        first.bias.data[0] = -20
    settings = (size, takes, CHANNELS, FILTER, rows, classes, norm, log_probabilities)
    return trusted, submission.probe("small_network", *settings, trusted.state_dict())


def adam_steps(net, batches, lr):
    """Train `net` with one step of Adam on each (images, labels); the loss at the start of each step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    met = []
    for images, labels in batches:
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return torch.tensor(met, dtype=torch.float64)


def state_of(submission, net, like):
    """The state of a network of ours after the student's code had it; its entries must have kept their shapes."""
    state = tensors(submission.probe("state", net), "the network's state_dict()")
    expect(set(state) == set(like), "The layers of the network are not those it came with.")
    for name, value in like.items():
        expect_shape(state[name], tuple(value.shape), what=f"the network's {name}")
    return state


def expect_trained(submission, net, start, trusted, steps):
    """The network moved from `start` to where the trusted one is: each of its weights to 3 % of its way."""
    target = trusted.state_dict()
    after = state_of(submission, net, target)
    weights = [name for name, _ in trusted.named_parameters()]
    moved = any(not torch.equal(after[name], start[name]) for name in weights)
    expect(moved, "The network given has not changed. Train that network itself, and take optimizer steps.")
    for name in weights:
        way = (target[name] - start[name]).abs().sum().item()
        error = (after[name] - target[name]).abs().sum().item() / way
        kind = type(trusted.get_submodule(name.rpartition(".")[0])).__name__
        times = "one step" if steps == 1 else f"{steps} steps"
        far = f"{error:.0%} of the way it should have moved"
        expect(error < 0.03, f"After {times} the {name.rpartition('.')[2]} of {kind} is off by {far}.")
    for name in target:
        if "running" in name:
            what = "batch norm's running averages, which only training batches may move,"
            expect_close(after[name], target[name], rtol=5e-3, what=what)


def trained(submission, rng, device, networks, *, size=(28, 28), steps=5):
    """Train one network as the student does and as torch does, all rows in one batch; compare weights and history."""
    count, classes = int(rng.integers(20, 40)), int(rng.integers(3, 7))
    trusted, net = network(submission, rng, classes, size=size, **networks)
    images, labels = digits(rng, count, classes, size)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = submission.train(net, images, labels, epochs=steps, batch_size=count + 5, lr=0.02, seed=4, device=device)
    shown = images.flatten(1) if networks["takes"] == "rows" else images
    expected = adam_steps(trusted, [(shown, labels)] * steps, 0.02)
    expect_trained(submission, net, start, trusted, steps)
    expect_close(losses(history, steps), expected, rtol=2e-3, what="train's history")


# What a recorder saw -----------------------------------------------------------------------------------------------


def numbered(count, classes, rng):
    """Images whose first pixel tells their row number, and labels."""
    images, labels = digits(rng, count, classes)
    images[:, 0, 0, 0] = torch.arange(count) / count
    return images, labels


def recorded(submission, net, count):
    """What the recorder saw: (training mode, gradients on, row numbers) of every call."""
    calls = submission.probe("seen", net)
    return [(mode, grad, [round(value * count) for value in pixels]) for mode, grad, pixels in calls]


def epochs_seen(submission, rng, device, count, size, epochs, seed):
    """Row numbers of every batch that `train` trained on, by epoch; fails unless each epoch has every row once."""
    net = submission.probe("recorder", PIXELS, 5)
    images, labels = numbered(count, 5, rng)
    submission.train(net, images, labels, epochs=epochs, batch_size=size, seed=seed, device=device)
    batches = [rows for _, grad, rows in recorded(submission, net, count) if grad]
    expect(len(batches) > 0, "The network given was never run with gradients: train that network itself, not a copy.")
    largest = max(map(len, batches))
    expect(largest <= size, f"With batch_size={size} the network was given {largest} rows at once.")
    asked, sizes = [size] * (count // size) + [count % size] * (count % size > 0), [len(rows) for rows in batches]
    words = f"{count} rows in batches of {size} should come as {asked}"
    unlike = len(sizes) == epochs * len(asked) and sizes != epochs * asked
    expect(not unlike, f"{words} in each epoch; the first came as {sizes[: len(asked)]}.")
    order, found = [row for rows in batches for row in rows], []
    for epoch in range(epochs):
        part = order[epoch * count : (epoch + 1) * count]
        once = sorted(part) == list(range(count))
        expect(once, f"Epoch {epoch + 1} should train on each of the {count} rows once; it does not.")
        found.append(part)
    expect(len(order) == epochs * count, f"In {epochs} epochs of {count} rows it was trained on {len(order)} rows.")
    return found, labels


# The checks --------------------------------------------------------------------------------------------------------

Check = Callable[..., None]
_CHECKS: list[tuple[Check, float, str]] = []


def training_checks(
    name: str, *, takes: str = "images", log_probabilities: bool = False, weight: float = 1.0
) -> dict[str, Any]:
    """What `globals().update(…)` adds to a check file: every check below, marked for the question `name`.

    `takes`: what the networks given to `train` take, see `network`. `log_probabilities`: they end in log_softmax
    instead of logits. `weight`: of all checks together.
    """
    kind = {"takes": takes, "log_probabilities": log_probabilities}
    total = sum(share for _, share, _ in _CHECKS)
    found: dict[str, Any] = {"networks": pytest.fixture(name="networks")(lambda: kind)}
    for check, share, hint in _CHECKS:
        own = types.FunctionType(check.__code__, check.__globals__, check.__name__)  # a mark is set on it
        own.__doc__ = check.__doc__
        found[check.__name__] = question(name, weight=weight * share / total, hint=hint)(own)
    return found


def _shared(weight: float, hint: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        _CHECKS.append((check, weight, hint))
        return check

    return add


@_shared(1.5, "The network's output straight into the loss; zero_grad, backward, step, in every batch.")
def test_many_steps_of_one_batch(submission, rng, device, networks):
    """With all rows in one batch, train takes Adam's steps on the cross-entropy of the network's answers."""
    for steps in (1, 6):
        trained(submission, rng, device, networks, steps=steps)


@_shared(0.25, "lr=1e-3 and batch_size=64 are what is taken when they are not given.")
def test_defaults_of_train(submission, rng, device, networks):
    """Without lr and batch_size train takes steps of 0.001 on batches of 64 rows."""
    trusted, net = network(submission, rng, 4, norm=False, **networks)
    image, label = digits(rng, 1, 4)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    images, labels = image.repeat(80, 1, 1, 1), label.repeat(80)
    submission.train(net, images, labels, epochs=2, seed=1, device=device)
    shown = image.flatten(1) if networks["takes"] == "rows" else image
    adam_steps(trusted, [(shown, label)] * 4, 1e-3)
    expect_trained(submission, net, start, trusted, 4)


@_shared(0.5, "Name no 28 and no 784: the images tell their size.")
def test_images_of_other_sizes(submission, rng, device, networks):
    """train and predict work for images that are not 28×28 and not square."""
    trained(submission, rng, device, networks, size=(9, 12), steps=3)
    trusted, net = network(submission, rng, 5, size=(10, 8), **networks)
    images, _ = digits(rng, 11, 5, (10, 8))
    predicted = submission.predict(net, images, batch_size=4, device=device)
    with torch.no_grad():
        expect_equal(predicted, trusted.eval()(images).argmax(1), what="predict's result for 10×8 images")


@_shared(1.5, "Every batch is a step, the short one too; average the losses met, all of them.")
def test_every_batch_counts(submission, rng, device, networks):
    """With all rows alike the order cannot matter: every batch is a step, and the history is the mean of its losses."""
    count, size, epochs, lr = 28, 8, 3, 0.002
    trusted, net = network(submission, rng, 4, size=(28, 28), norm=False, **networks)
    with torch.no_grad():
        image, _ = digits(rng, 1, 4, (28, 28))
        label = trusted(image).argmin(1)  # the class least expected of it: much to learn, no small loss
    images, labels = image.repeat(count, 1, 1, 1), label.repeat(count)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = submission.train(net, images, labels, epochs=epochs, batch_size=size, lr=lr, seed=2, device=device)
    rows = torch.tensor([8.0, 8, 8, 4], dtype=torch.float64)
    met = adam_steps(trusted, [(image, label)] * (epochs * len(rows)), lr).reshape(epochs, len(rows))
    expect_trained(submission, net, start, trusted, epochs * len(rows))
    actual, over_batches = losses(history, epochs), met.mean(1)
    if (actual - over_batches).abs().max() > 2e-3 * over_batches.max():
        expect_close(actual, met @ rows / rows.sum(), rtol=2e-3, what="train's history")


@_shared(0.25, "torch.optim.Adam(model.parameters(), lr=lr), and no weight_decay.")
def test_weights_without_a_gradient_stay(submission, rng, device, networks):
    """Adam leaves weights alone that no gradient reaches."""
    trusted, net = network(submission, rng, 4, norm=False, dead=True, **networks)
    images, labels = digits(rng, 30, 4)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    submission.train(net, images, labels, epochs=4, batch_size=10, lr=0.05, seed=1, device=device)
    after = state_of(submission, net, start)
    (filters,) = (name for name, value in start.items() if value.ndim == 4)
    same = torch.allclose(after[filters][0], start[filters][0], rtol=1e-4)
    cause = "Is there a weight decay, as AdamW has? Adam without one is asked for."
    expect(same, f"Weights that no gradient reaches have changed in training. {cause}")


@_shared(0.5, "A new permutation in each epoch; step through it in slices of batch_size, to the end.")
def test_each_epoch_has_every_row_once(submission, rng, device):
    """In every epoch every row is trained on exactly once, batch_size rows at a time, the last short batch included."""
    epochs_seen(submission, rng, device, 47, 10, 2, 3)
    epochs_seen(submission, rng, device, 12, 30, 2, 3)


@_shared(1, "One generator from seed, made before the first epoch; a new torch.randperm from it in each.")
def test_rows_are_reshuffled(submission, rng, device):
    """The order of the rows is mixed, another one in each epoch, and another one for another seed."""
    state = rng.bit_generator.state
    (first, second), labels = epochs_seen(submission, rng, device, 60, 10, 2, 3)
    expect(first != sorted(first), "In the first epoch the rows come in the order of the images: shuffle them.")
    beside = sum(after - row == 1 for row, after in itertools.pairwise(first))
    expect(beside < 30, "Most rows come right behind their neighbour: shuffle the rows, not the batches.")
    expect(first != second, "Both epochs use the same order of the rows: draw a new one in each.")
    neighbours = {frozenset(pair) for pair in itertools.pairwise(first)}
    kept = sum(frozenset(pair) in neighbours for pair in itertools.pairwise(second))
    again = "The second epoch goes through the first one's order again, backwards or from another row on"
    expect(kept < 30, f"{again}: draw a new one in each.")  # of 59 pairs; of two random orders about 2
    changes = (np.diff(labels[first].numpy()) != 0).sum()
    expect(changes > 15, "The rows come sorted by label: a batch should hold a mix of classes.")
    rng.bit_generator.state = state  # the same images once more
    (other, _), _ = epochs_seen(submission, rng, device, 60, 10, 2, 8)
    expect(first != other, "Two different seeds give the same order of the rows: draw it from seed.")


@_shared(0.5, "A generator of your own, torch.Generator().manual_seed(seed), depends on nothing else.")
def test_the_same_seed_gives_the_same_history(submission, rng, device, networks):
    """From the same start and the same seed, train returns the same losses, whatever was drawn before."""
    images, labels = digits(rng, 50, 5)
    state = rng.bit_generator.state
    histories = []
    for noise in (1, 2):
        rng.bit_generator.state = state
        _, net = network(submission, rng, 5, **networks)
        submission.library("torch").manual_seed(noise)
        submission.library("numpy.random").seed(noise)
        histories.append(submission.train(net, images, labels, epochs=3, batch_size=16, lr=0.01, seed=0, device=device))
    first, second = (losses(history, 3) for history in histories)
    expect_close(second, first, rtol=1e-3, what="train's history, run again from the same start with the same seed,")


@_shared(0.5, "model.eval() before the loop, torch.no_grad() around it.")
def test_predict_in_evaluation_mode_without_gradients(submission, rng, device):
    """While predict runs, the network is in evaluation mode and no gradients are recorded."""
    net = submission.probe("recorder", PIXELS, 5)
    images, _ = numbered(20, 5, rng)
    submission.predict(net, images, batch_size=8, device=device)
    calls = recorded(submission, net, 20)
    expect(len(calls) > 0, "predict never ran the network it was given.")
    expect(not any(mode for mode, _, _ in calls), "predict runs the network in training mode: model.eval() first.")
    expect(not any(grad for _, grad, _ in calls), "predict records gradients: run the network under torch.no_grad().")
    again = "After predict no gradients are recorded any more, by anything"
    on = submission.library("torch").is_grad_enabled()
    expect(on is True, f"{again}. Use `with torch.no_grad():`, which switches them on again.")


@_shared(0.25, "Keep model.training in a variable, and model.train(that) at the end.")
def test_predict_leaves_the_mode_as_found(submission, rng, device, networks):
    """predict leaves a network in training mode in training mode, and one in evaluation mode in evaluation mode."""
    images, _ = digits(rng, 10, 5)
    for mode in (True, False):
        _, net = network(submission, rng, 5, **networks)
        net.train(mode)
        submission.predict(net, images, device=device)
        words = ("training", "evaluation") if mode else ("evaluation", "training")
        expect(net.training is mode, f"predict found the network in {words[0]} mode and left it in {words[1]} mode.")
        layers = f"predict found the network in {words[0]} mode and left layers of it in {words[1]} mode"
        modes = submission.probe("modes", net)
        expect_type(modes, list, what="the modes of the network's layers")
        kept = all(each is mode for each in modes)
        expect(kept, f"{layers}. Setting model.training reaches none of them, model.train(…) does.")


@_shared(0.75, "Every batch, in the order of the images, torch.cat at the end; int64 on the CPU.")
def test_predict_is_the_largest_answer(submission, rng, device, networks):
    """predict gives every image the class of the largest answer, in order, at any batch size, and changes nothing."""
    trusted, net = network(submission, rng, 6, **networks)
    images, _ = digits(rng, 23, 6)
    trusted.eval()
    with torch.no_grad():
        expected = trusted(images).argmax(1)
    for size in (5, 23, 100):
        predicted = submission.predict(net, images, batch_size=size, device=device)
        expect_equal(predicted, expected, what=f"predict's result for 23 images with batch_size={size}")
        expect_dtype(predicted, torch.int64, what="predict's result")
    alone = submission.predict(net, images[:1], device=device)
    expect_equal(alone, expected[:1], what="predict's result for 1 image")
    after = state_of(submission, net, trusted.state_dict())
    for name, value in trusted.state_dict().items():
        expect_close(after[name], value, what=f"the network's {name} after predict")
