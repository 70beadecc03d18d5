"""Checks of residual the student has: sizes, blocks that do nothing, gradients that vanish, one training."""

import math

import numpy as np
import torch

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# What several checks need ----------------------------------------------------------------------------------------


def maps_of(rng, *shape):
    """Random maps, float32."""
    return torch.tensor(np.asarray(rng.normal(size=shape)), dtype=torch.float32)


def made(value, what):
    """Something that stays with the submission, such as a module; a value that came back in its place is none."""
    expect(hasattr(value, "structure"), f"{what} should be a torch.nn.Module; it is a {type(value).__name__}.")
    return value


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


# gradient_norms --------------------------------------------------------------------------------------------------


def norms(submission, depth, width, residual, seed):
    """The student's list of norms as floats; fails in words when it is no list of `depth` positive numbers."""
    what = f"gradient_norms({depth}, {width}, {residual}, {seed})"
    values = submission.gradient_norms(depth, width, residual, seed)
    expect_type(values, (list, tuple, np.ndarray, torch.Tensor), what=f"the result of {what}")
    values = list(values) if getattr(values, "ndim", 1) else []
    expect(len(values) == depth, f"{what} should give one number per layer, {depth}; it gives {len(values)}.")
    expect(all(is_number(value) for value in values), f"{what} should give plain numbers, one per layer.")
    values = [float(value) for value in values]
    expect(all(0 < value < 1e30 for value in values), f"{what} should give positive numbers; it gives {min(values):g}.")
    return values


@question(
    "gradients",
    hint="tanh after every layer, x + tanh(layer(x)) with residual; layer.weight.grad.norm() after one backward.",
)
def test_the_plain_gradient_vanishes_and_the_residual_one_does_not(submission):
    """With 30 layers of 32, next to nothing of the gradient reaches the first layer, and with x + … nearly all of it.

    plain[0] / plain[-1] < 1/1000, residual[0] / residual[-1] > 1/10, residual[0] ≥ 10 · plain[0].
    """
    plain, residual = norms(submission, 30, 32, False, 0), norms(submission, 30, 32, True, 0)
    ratio = plain[0] / plain[-1]
    expect(ratio < 1e-3, f"Plain, the first layer should have under 1/1000 of the last one's norm; it has {ratio:.3g}.")
    ratio = residual[0] / residual[-1]
    expect(ratio > 0.1, f"Residual, the first layer should have over 1/10 of the last one's norm; it has {ratio:.3g}.")
    ratio = residual[0] / plain[0]
    expect(ratio >= 10, f"At the first layer residual should be at least 10 times plain; it is {ratio:.3g} times.")


# ResidualBlock ---------------------------------------------------------------------------------------------------


@question(
    "residual_block",
    hint="stride and padding 1 in the first 3×3 convolution, padding 1 in the second, the same stride in the 1×1 one.",
)
def test_shapes_of_a_residual_block(submission, rng):
    """The block has out_channels channels, and height and width divided by the stride and rounded up."""
    cases = [((4, 4), (5, 8)), ((4, 6), (5, 8)), ((4, 4, 2), (3, 4)), ((4, 6, 2), (3, 4))]
    for sizes, size in cases:
        name = f"ResidualBlock{sizes}"
        block = made(submission.ResidualBlock(*sizes), name)
        what = f"{name}'s result for maps (2, 4, 5, 8)"
        expect_shape(block(maps_of(rng, 2, 4, 5, 8)), (2, sizes[1], *size), what=what)


@question(
    "residual_block",
    hint="F.relu(path(x) + x), where path ends in a batch norm: after it the sum, after the sum the ReLU.",
)
def test_a_block_that_does_nothing_is_relu(submission, rng):
    """With γ and β of the last batch norm at 0, ResidualBlock(4, 4) is ReLU(x), and its gradient is 1 where x > 0."""
    block = made(submission.ResidualBlock(4, 4), "ResidualBlock(4, 4)")
    maps = maps_of(rng, 2, 4, 5, 6)
    expect_shape(block(maps), (2, 4, 5, 6), what="ResidualBlock(4, 4)'s result for maps (2, 4, 5, 6)")
    layers = [layer for layer in block.structure(maps) if "BatchNorm" in layer.kind]
    state = block.state_dict()
    expect_type(state, dict, what="the block's state_dict()")
    names = {f"{layers[-1].name}.{name}" for name in ("weight", "bias")} if layers else set(state)
    expect(names <= set(state), "The last batch norm of ResidualBlock(4, 4) has no γ and β.")
    # A block without torch's batch norm has γ and β somewhere among its vectors: all of them become 0.
    vectors = {name for name in names if isinstance(state[name], torch.Tensor) and state[name].numel() == 4}
    block.load_state_dict({**state, **{name: torch.zeros_like(state[name]) for name in vectors}})
    what = "ResidualBlock(4, 4) whose last batch norm has γ = β = 0"
    expect_close(block(maps), maps.relu(), what=f"the result of {what}")
    gradient = block.gradients(maps, wrt_parameters=False).inputs[0]
    expect(gradient is not None, f"No gradient reaches x through {what}. Is something detached?")
    expect_close(gradient, (maps > 0).float(), what=f"the gradient of x through {what},")


# DenseBlock ------------------------------------------------------------------------------------------------------


@question(
    "dense_block", hint="x = torch.cat([x, layer(x)], dim=1), layer after layer, each with k more channels to read."
)
def test_a_dense_block_appends(submission, rng):
    """DenseBlock(3, 4, 5) gives 3 + 4·5 = 23 channels, of which the first three are its input."""
    block = made(submission.DenseBlock(3, 4, 5), "DenseBlock(3, 4, 5)")
    maps = maps_of(rng, 2, 3, 6, 5)
    result = block(maps)
    expect_shape(result, (2, 23, 6, 5), what="DenseBlock(3, 4, 5)'s result for maps (2, 3, 6, 5)")
    expect_equal(result[:, :3], maps, what="the first 3 channels of DenseBlock(3, 4, 5)'s result")
    read = [layer.settings.get("in_channels") for layer in block.structure(maps) if layer.kind == "Conv2d"]
    if read:  # other ways to convolve are fine, and then there is nothing to see here
        asked = "The convolutions of DenseBlock(3, 4, 5) should read 3, 7, 11, 15 and 19 channels"
        expect(read == [3, 7, 11, 15, 19], f"{asked}; they read {', '.join(map(str, read[:10]))}.")


# InceptionJumpNet ------------------------------------------------------------------------------------------------

JUMP, REST = 88 * 88 * 9 * 9 + 88, 97_298


@question(
    "jump",
    hint="Keep the result of the first InceptionA; the jump and the Linear layer have biases; log_softmax over dim=1.",
)
def test_log_probabilities_and_number_of_weights(submission, rng):
    """Three images give log-probabilities (3, 10); the network has 724,650 parameters, 627,352 of them the jump's."""
    net = made(submission.InceptionJumpNet(10), "InceptionJumpNet(10)")
    result = net(maps_of(rng, 3, 1, 28, 28))
    expect_shape(result, (3, 10), what="InceptionJumpNet(10)'s result for 3 images")
    expect_dtype(result, "float", what="InceptionJumpNet(10)'s result")
    sums = result.exp().sum(dim=1)
    expect_close(sums, torch.ones(3), rtol=1e-4, what="the sum of the probabilities, exp of the result, of each image")
    weights = submission.library("torch.nn.utils").parameters_to_vector(net.parameters())
    expect_type(weights, torch.Tensor, what="all parameters in one vector")
    count = weights.numel()
    missing = " That is without the jump." if count == REST else ""
    expect(count == JUMP + REST, f"InceptionJumpNet(10) has {count:,} parameters; it should have 724,650.{missing}")


# train and predict -----------------------------------------------------------------------------------------------


def accuracy_of(submission, net, data, device):
    """The share of the test images that the student's `predict` gets right."""
    predicted = submission.predict(net, data.test_images, device=device)
    expect_shape(predicted, tuple(data.test_labels.shape), what="predict's result")
    expect_dtype(predicted, "int", what="predict's result")
    return (torch.as_tensor(predicted) == data.test_labels).double().mean().item()


@question("accuracy", hint="loss = F.nll_loss(model(batch), labels); zero_grad, backward, step; in every batch.")
def test_a_linear_network_learns(submission, rng, device):
    """Twenty epochs teach a small linear network which of three pixels is the brightest; the losses fall."""
    library = submission.library("torch.nn")
    submission.library("torch").manual_seed(0)
    net = library.Sequential(library.Flatten(), library.Linear(48, 3), library.LogSoftmax(1))
    labels = torch.tensor(rng.integers(0, 3, size=90))
    images = maps_of(rng, 90, 1, 8, 6) / 10
    images.flatten(1)[torch.arange(90), torch.tensor([5, 20, 40])[labels]] += 2
    history = submission.train(net, images, labels, epochs=20, batch_size=16, lr=0.02, device=device)
    expect_type(history, (list, tuple), what="train's history")
    expect(len(history) == 20, f"train's history has {len(history)} entries, and there were 20 epochs: one loss each.")
    expect(all(is_number(value) for value in history), "train's history should hold plain numbers, one loss per epoch.")
    first, last = float(history[0]), float(history[-1])
    expect(math.isfinite(first + last), "train's history holds NaN or infinite values: the training has diverged.")
    expect(last < first / 4, f"The loss should fall far in 20 epochs; it goes from {first:.3g} to {last:.3g}.")
    predicted = submission.predict(net, images, batch_size=40, device=device)
    expect_shape(predicted, (90,), what="predict's result")
    expect_dtype(predicted, torch.int64, what="predict's result")
    expect_equal(predicted, labels, what="predict's result on the images trained on")


@question(
    "accuracy",
    trains=True,
    seconds=10,
    hint="If train and InceptionJumpNet pass their checks, this passes too: begin with those.",
)
def test_accuracy_after_the_epochs_asked(submission, data, threshold, reach, device):
    """InceptionJumpNet(10), trained by your train for 6 epochs (4 on MNIST), gets enough of the test images right."""

    def measure(start):
        submission.library("torch").manual_seed(start)
        net, epochs = submission.InceptionJumpNet(10), 4 if data.name == "mnist" else 6
        submission.train(net, data.train_images, data.train_labels, epochs=epochs, seed=start, device=device)
        return accuracy_of(submission, net, data, device)

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
