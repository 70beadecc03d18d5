"""Checks of weight_init the student has: worked fans, the spread of a few large layers, the signal after ten layers."""

import math

import numpy as np
import torch

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# A right answer may fail by bad luck, less than once in a million gradings. All check files of this assignment
# together make fewer than 100 statistical comparisons, those made again with a correct fan_in_and_fan_out included;
# each gets this much of the million.
ALPHA = 1e-6 / 100
LUCK = math.log(2 / ALPHA)

FANS = ("fan_in_and_fan_out",)
DRAWS = (*FANS, "xavier_normal_", "he_normal_")

BEFORE = 3.0  # what weights hold before they are filled


def seeded_library(submission):
    """torch.nn where the student's code runs; what it makes, and what is drawn, is the same every time."""
    submission.library("torch").manual_seed(1)
    submission.library("numpy.random").seed(1)
    return submission.library("torch.nn")


def drawn(submission, name, shape):
    """A weight that the student's function has filled: in place, or (another check's affair) in what it returns."""
    seeded_library(submission)
    weight = submission.keep(torch.full(shape, BEFORE))
    result = getattr(submission, name)(weight)
    values = weight.value()
    untouched = isinstance(values, torch.Tensor) and bool((values == BEFORE).all())
    values = result if untouched and isinstance(result, torch.Tensor) else values
    expect_shape(values, shape, what=f"the weight after {name}")
    expect_dtype(values, "float", what=f"the weight after {name}")
    expect(bool((values != BEFORE).any()), f"{name} has not changed the weight it was given.")
    expect(bool(torch.isfinite(values).all()), f"After {name} the weight holds NaN or infinity.")
    return values.double().flatten()


def expect_moments(values, mean, std, what):
    """Mean and standard deviation of draws from a normal distribution are near enough to these.

    Both bounds hold for any number of draws: the tail of a normal mean, and Laurent and Massart's of a sum of squares.
    """
    n = len(values)
    found, spread = values.mean().item(), (values - mean).square().mean().sqrt().item()
    near = abs(found - mean) <= std * math.sqrt(2 * LUCK / n)
    expect(near, f"The mean of {what} is {found:.4g}; it should be about {mean:g}.")
    room = 2 * math.sqrt(LUCK / n) + 2 * LUCK / n
    fine = abs((spread / std) ** 2 - 1) <= room
    expect(fine, f"The standard deviation of {what} is {spread:.4g}; it should be about {std:.4g}.")


# fan_in_and_fan_out ----------------------------------------------------------------------------------------------


@question("fans", hint="A Linear weight is (out, in); for a convolution multiply both by the kh * kw that follow.")
def test_fans_of_the_table(submission):
    """fan_in_and_fan_out gives (784, 50), (25, 250) and (1320, 300) for the three layers of the table, as ints."""
    for shape, fans in (((50, 784), (784, 50)), ((10, 1, 5, 5), (25, 250)), ((20, 88, 3, 5), (1320, 300))):
        found = submission.fan_in_and_fan_out(torch.zeros(shape))
        expect_type(found, (tuple, list), what=f"fan_in_and_fan_out of a weight {shape}")
        expect_equal(tuple(found), fans, what=f"fan_in_and_fan_out of a weight {shape}")


# xavier ----------------------------------------------------------------------------------------------------------


@question("xavier", given=FANS, hint="weight.uniform_(-a, a) with a = sqrt(6 / (fan_in + fan_out)).")
def test_xavier_uniform_range(submission):
    """The weight of Linear(300, 200) reaches from -0.1095 to 0.1095 after xavier_uniform_: sqrt(6 / 500) is 0.1095."""
    values = drawn(submission, "xavier_uniform_", (200, 300))
    bound = math.sqrt(6 / 500)
    lowest, highest = values.min().item(), values.max().item()
    seen = f"The weights lie between {lowest:.4f} and {highest:.4f}."
    inside = max(-lowest, highest) <= bound * (1 + 1e-6)
    expect(inside, f"{seen} None should be beyond ±{bound:.4f}.")
    # Not one of n draws falls into an outer piece of this width with probability ALPHA / 2 at most.
    reach = 2 * bound * LUCK / len(values)
    wide = -lowest >= bound - reach and highest >= bound - reach
    expect(wide, f"{seen} They should come close to both ends, -{bound:.4f} and {bound:.4f}.")


@question("xavier", given=FANS, hint="weight.normal_(0, std) with std = sqrt(2 / (fan_in + fan_out)).")
def test_xavier_normal_spread(submission):
    """The weight of Linear(300, 200) has standard deviation 0.0632 after xavier_normal_: sqrt(2 / 500)."""
    values = drawn(submission, "xavier_normal_", (200, 300))
    expect_moments(values, 0.0, math.sqrt(2 / 500), "the weight of Linear(300, 200)")


def expect_in_place(submission, name):
    """The function fills a weight that requires gradients in place and returns it, still a leaf."""
    seeded_library(submission)
    weight = submission.keep(torch.full((30, 40), BEFORE))
    weight.set("requires_grad", True)
    result = getattr(submission, name)(weight)
    values = weight.value()
    expect_shape(values, (30, 40), what=f"the weight after {name}")
    expect(bool((values != BEFORE).any()), f"{name} has not changed the weight it was given: fill it in place.")
    expect_type(result, torch.Tensor, what=f"{name}'s result")
    expect_equal(result, values, what=f"{name}'s result, which should be the weight itself,")
    expect(weight.requires_grad is True, f"After {name} the weight does not require gradients any more.")
    expect(weight.is_leaf is True, f"After {name} the weight is no leaf any more: fill it under torch.no_grad().")


@question("xavier", given=FANS, hint="Under torch.no_grad(), weight.uniform_(…); then return weight.")
def test_xavier_in_place(submission):
    """Both functions fill a weight that requires gradients in place and return it."""
    for name in ("xavier_uniform_", "xavier_normal_"):
        expect_in_place(submission, name)


# he --------------------------------------------------------------------------------------------------------------


@question("he", given=FANS, hint="std = sqrt(2 / fan_in): the root, and the fan in alone.")
def test_he_normal_spread(submission):
    """The weight of Linear(300, 200) has standard deviation 0.0816 after he_normal_: sqrt(2 / 300)."""
    values = drawn(submission, "he_normal_", (200, 300))
    expect_moments(values, 0.0, math.sqrt(2 / 300), "the weight of Linear(300, 200)")


@question("he", weight=0.5, given=FANS, hint="Under torch.no_grad(), weight.normal_(…); then return it.")
def test_he_in_place(submission):
    """he_normal_ fills a weight that requires gradients in place and returns it."""
    expect_in_place(submission, "he_normal_")


# weight_init -----------------------------------------------------------------------------------------------------


def applied(submission, *layers):
    """The state of nn.Sequential of these layers before and after net.apply(weight_init)."""
    net = submission.library("torch.nn").Sequential(*layers)
    before = net.state_dict()
    net.apply(submission.weight_init)
    after = net.state_dict()
    expect_type(after, dict, what="the network's state_dict()")
    for name, value in before.items():
        expect(name in after, f"After apply the network has no {name} any more.")
        expect_shape(after[name], tuple(value.shape), what=f"{name} after apply")
    return before, after


@question("apply", weight=2.5, hint="isinstance tells the kinds apart; N(0, 0.02) has standard deviation 0.02.")
def test_weights_of_three_kinds(submission):
    """After apply a convolution's and a Linear's weights are N(0, 0.02), a batch norm's N(1, 0.02)."""
    library = seeded_library(submission)
    norm = library.BatchNorm2d(50_000)
    norm.load_state_dict({**norm.state_dict(), "weight": torch.full((50_000,), 3.0)})  # a new one's are all 1
    before, after = applied(submission, library.Conv2d(30, 80, 5), norm, library.Linear(300, 200))
    for place, kind, mean in (("0", "Conv2d", 0.0), ("1", "BatchNorm2d", 1.0), ("2", "Linear", 0.0)):
        changed = bool((torch.as_tensor(after[f"{place}.weight"]) != before[f"{place}.weight"]).any())
        expect(changed, f"The {kind}'s weight is what it was before apply; it should be N({mean:g}, 0.02).")
        expect_moments(torch.as_tensor(after[f"{place}.weight"]).double().flatten(), mean, 0.02, f"the {kind}'s weight")


@question("apply", weight=1.5, hint="Zero the biases of batch norm and Linear; do not touch the convolution's.")
def test_biases_of_three_kinds(submission):
    """After apply the biases of Linear and batch norm are 0, and a convolution's is what it was."""
    library = seeded_library(submission)
    norm = library.BatchNorm2d(8)
    norm.load_state_dict({**norm.state_dict(), "bias": torch.ones(8)})
    before, after = applied(submission, library.Conv2d(3, 8, 3), norm, library.Linear(10, 5))
    expect_equal(after["0.bias"], before["0.bias"], what="the convolution's bias, which should be left alone,")
    expect_equal(after["1.bias"], torch.zeros(8), what="the batch norm's bias, which should be 0,")
    expect_equal(after["2.bias"], torch.zeros(5), what="the Linear's bias, which should be 0,")


# activation_stds -------------------------------------------------------------------------------------------------


def numbers_of(found, depth):
    """The student's list as floats; fails in words when it is no list of `depth` numbers."""
    if isinstance(found, torch.Tensor | np.ndarray) and found.ndim == 1:
        found = found.tolist()
    expect_type(found, (list, tuple), what="activation_stds' result")
    expect(
        len(found) == depth, f"activation_stds' list has length {len(found)} for {depth} layers: one number after each."
    )
    numbers = [value.item() if isinstance(value, torch.Tensor) and value.ndim == 0 else value for value in found]
    plain = all(
        isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)
        for value in numbers
    )
    expect(plain and bool(np.isfinite(numbers).all()), "activation_stds should give a list of plain, finite numbers.")
    expect(min(numbers) >= 0, "activation_stds gives a negative number: no standard deviation is.")
    return [float(value) for value in numbers]


@question(
    "activations",
    weight=2,
    given=DRAWS,
    hint="Rows of N(0, 1); x = act(x @ W.T), W of std 0.01, no bias; append x.std().item() after the activation.",
)
def test_first_layer(submission):
    """With small weights and tanh, width 200, the first of ten numbers is about 0.139 and the last below 1e-8."""
    listed = submission.activation_stds(10, 200, "small", "tanh", 1)
    expect_type(listed, (list, tuple), what="activation_stds' result")
    found = numbers_of(listed, 10)
    # Correct answers differ by 0.4 % from seed to seed.
    expect_close(found[0], 0.1388, rtol=0.05, what="the std after the first layer")
    expect(found[-1] < 1e-8, f"The std after the tenth layer is {found[-1]:.2g}; it should have vanished by then.")


@question(
    "activations",
    weight=2,
    given=DRAWS,
    hint="std sqrt(2 / width) keeps the signal of ReLU, sqrt(1 / width) loses a factor sqrt(2) in every layer.",
)
def test_he_keeps_what_xavier_loses(submission):
    """With ReLU, ten layers and width 200, He's weights keep the std of the first layer, Xavier's leave about 4 %."""
    kept = {}
    for init, seeds in (("he", 4), ("xavier", 2)):  # one run is too unsteady: its ratio varies by 17 %
        lists = [numbers_of(submission.activation_stds(10, 200, init, "relu", seed), 10) for seed in range(seeds)]
        expect(all(found[0] > 0 for found in lists), "The std after the first layer is 0: nothing gets through it.")
        kept[init] = math.exp(sum(math.log(found[-1] + 1e-300) - math.log(found[0]) for found in lists) / seeds)
    said = f"of layer 1: {kept['he']:.2g} times with He's weights, {kept['xavier']:.2g} times with Xavier's."
    expect(0.55 < kept["he"] < 1.7, f"Layer 10 has this much of the std {said} With He's it should be about 1.")
    expect(kept["xavier"] < 0.1, f"Layer 10 has this much of the std {said} With Xavier's it should be about 0.04.")
