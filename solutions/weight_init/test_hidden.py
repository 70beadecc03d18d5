"""Checks of weight_init the student never has: draws against their distributions, what else changed, theory."""

import itertools
import math

import numpy as np
import pytest
import torch

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# A right answer may fail by bad luck, less than once in a million gradings. All check files of this assignment
# together make fewer than 150 statistical comparisons, at every seed they use and with those counted twice that may be
# made again with a correct fan_in_and_fan_out; each gets this much of the million. Every bound below holds for any
# number of draws, none is an approximation for many. (The checks of activation_stds say their own margins.)
ALPHA = 1e-6 / 150
LUCK = math.log(2 / ALPHA)

FANS = ("fan_in_and_fan_out",)
DRAWS = (*FANS, "xavier_normal_", "he_normal_")
BEFORE = 3.0  # what weights hold before they are filled


def seeded(submission, rng):
    """Seed the generators of the worker, so that a run can be repeated."""
    seed = int(rng.integers(2**31))
    submission.library("torch").manual_seed(seed)
    submission.library("numpy.random").seed(seed)


def number(value):
    """What a tensor or an array without axes holds; anything else as it is."""
    return value.item() if isinstance(value, torch.Tensor | np.ndarray) and value.ndim == 0 else value


# fan_in_and_fan_out ------------------------------------------------------------------------------------------------


def expect_fans(submission, shape):
    """fan_in_and_fan_out of a weight of this shape; whether they are ints is a public check."""
    outputs, inputs, *window = shape
    field = math.prod(window)
    what = f"fan_in_and_fan_out of a weight {shape}"
    found = submission.fan_in_and_fan_out(torch.zeros(shape))
    expect_type(found, (tuple, list), what=what)
    expect(len(found) == 2, f"{what} should be two numbers, (fan_in, fan_out); it has {len(found)}.")
    fans, want = [number(value) for value in found], [inputs * field, outputs * field]
    for value in fans:
        expect_type(value, float, what=f"each item of {what}")
    expect(fans == want or fans != want[::-1], f"{what} has the two swapped: the weight is (out, in, …).")
    unwindowed = fans == [inputs, outputs] and field > 1
    expect(not unwindowed, f"{what} leaves the window out: fan in is in * kh * kw, fan out is out * kh * kw.")
    expect_close(fans[0], want[0], what=f"the fan in of a weight {shape}")
    expect_close(fans[1], want[1], what=f"the fan out of a weight {shape}")


@question("fans", weight=1.5, hint="The weight of a Linear layer is (out, in).")
def test_fans_of_linear(submission, rng):
    """The fan in of a Linear layer is its number of inputs, the fan out its number of outputs."""
    for shape in ((7, 1), (1, 9), tuple(int(n) for n in rng.choice(90, size=2, replace=False) + 10)):
        expect_fans(submission, shape)


@question("fans", weight=1.5, hint="Multiply channels by kh * kw, for the fan in and for the fan out.")
def test_fans_of_convolutions(submission, rng):
    """Both fans of a convolution count the pixels of its window, square or not."""
    for window in ((1, 1), (3, 3), (2, 5), (7, 1)):
        expect_fans(submission, (*(int(n) for n in rng.choice(20, size=2, replace=False) + 5), *window))


# draws from a distribution -----------------------------------------------------------------------------------------


def expect_gap(values, cumulative, what, kind):
    """Kolmogorov–Smirnov by the bound of Dvoretzky, Kiefer, Wolfowitz and Massart: P(√n·gap > t) ≤ 2·exp(-2t²)."""
    n = len(values)
    right = cumulative(values.sort().values)
    steps = torch.arange(n + 1, dtype=torch.float64) / n
    gap = max((steps[1:] - right).max().item(), (right - steps[:-1]).max().item())
    message = f"{what} have the right mean and standard deviation, but they are not {kind}."
    expect(gap <= math.sqrt(LUCK / (2 * n)), message)


def expect_mean(values, mean, std, what):
    """Hoeffding's argument, with the variance that normal and uniform draws share as bound: P ≤ 2·exp(-n·t²/2σ²)."""
    found = values.mean().item()
    near = abs(found - mean) <= std * math.sqrt(2 * LUCK / len(values))
    clue = " None of them is negative." if mean == 0 and bool((values >= 0).all()) else ""
    expect(near, f"The mean of {what} is {found:.4g}; it should be about {mean:g}.{clue}")


def expect_varied(values, what):
    """Draws of a continuous distribution hardly ever repeat."""
    kinds = len(values.unique())
    expect(kinds > len(values) // 2, f"Among {what}, {len(values):,} numbers, only {kinds:,} differ: draw every one.")


def expect_normal(values, mean, std, what, clues=()):
    """`values` are draws from N(mean, std): mean, standard deviation (Laurent and Massart's bound), and their shape."""
    values = values.double().flatten()
    n = len(values)
    expect_varied(values, what)
    expect_mean(values, mean, max(std, values.std().item()), what)  # a wrong spread alone is told as what it is
    spread = (values - mean).square().mean().sqrt().item()
    room = 2 * math.sqrt(LUCK / n) + 2 * LUCK / n
    fine = abs((spread / std) ** 2 - 1) <= room
    clue = named(spread, clues)
    expect(fine, f"The standard deviation of {what} is {spread:.4g}; it should be about {std:.4g}.{clue}")
    expect_mean(values, mean, std, what)
    expect_gap(values, lambda x: torch.special.ndtr((x - mean) / std), what, "normally distributed")


def expect_uniform(values, bound, what, clues=()):
    """`values` are draws from uniform(-bound, bound): their range, mean, variance (Hoeffding), and their shape."""
    values = values.double().flatten()
    n = len(values)
    expect_varied(values, what)
    lowest, highest = values.min().item(), values.max().item()
    seen = f"{what} lie between {lowest:.4g} and {highest:.4g}; the ends should be ±{bound:.4g}."
    inside = max(-lowest, highest) <= bound * (1 + 1e-6)
    # Not one of n draws falls into an outer piece of this width with probability ALPHA / 2 at most.
    inner = bound - 2 * bound * LUCK / n
    wide = -lowest >= inner and highest >= inner
    clue = " None of them is negative." if lowest >= 0 else named(max(-lowest, highest), clues)
    clue = "" if inside and max(-lowest, highest) > 0.99 * bound else clue  # nearly the right one: it is the shape
    expect(inside and wide, seen + clue)
    expect_mean(values, 0.0, bound / math.sqrt(3), what)
    spread, right = values.square().mean().item(), bound**2 / 3
    fine = abs(spread - right) <= bound**2 * math.sqrt(LUCK / (2 * n))
    expect(fine, f"The variance of {what} is {spread:.4g}; it should be about {right:.4g}.")
    expect_gap(values, lambda x: (x + bound) / (2 * bound), what, "uniformly distributed")


def named(number, clues):
    """Which formula gives this number, or nothing."""
    near = [text for text, value in clues if abs(number / value - 1) < 0.007]
    return f" {number:.4g} is {near[0]}." if near else ""


def formulas(shape):
    """What one may have taken for the standard deviation, or for the bound, of a weight of this shape."""
    outputs, inputs, *window = shape
    fan_in, fan_out = inputs * math.prod(window), outputs * math.prod(window)
    both, channels = fan_in + fan_out, inputs + outputs
    found = [
        ("sqrt(2 / (fan_in + fan_out))", math.sqrt(2 / both)),
        ("sqrt(6 / (fan_in + fan_out)), the bound of the uniform distribution", math.sqrt(6 / both)),
        ("2 / (fan_in + fan_out): the variance, and its root is asked for", 2 / both),
        ("6 / (fan_in + fan_out): the root is missing", 6 / both),
        ("sqrt(1 / (fan_in + fan_out)): a factor 2 is missing below the root", math.sqrt(1 / both)),
        ("sqrt(3 / (fan_in + fan_out)): a factor 2 is missing below the root", math.sqrt(3 / both)),
        ("sqrt(4 / (fan_in + fan_out))", math.sqrt(4 / both)),
        ("sqrt(2 / fan_in)", math.sqrt(2 / fan_in)),
        ("sqrt(2 / fan_out): fan in and fan out are swapped", math.sqrt(2 / fan_out)),
        ("2 / fan_in: the variance, and its root is asked for", 2 / fan_in),
        ("sqrt(1 / fan_in)", math.sqrt(1 / fan_in)),
        ("sqrt(6 / fan_in)", math.sqrt(6 / fan_in)),
        ("sqrt(3 / fan_in)", math.sqrt(3 / fan_in)),
        ("what comes without any scaling", 1.0),
    ]
    if window:
        found += [
            ("sqrt(2 / (in + out)), without the window kh * kw", math.sqrt(2 / channels)),
            ("sqrt(6 / (in + out)), without the window kh * kw", math.sqrt(6 / channels)),
            ("sqrt(2 / in), without the window kh * kw", math.sqrt(2 / inputs)),
        ]
    return found


def drawn(submission, rng, device, name, shape):
    """A weight that the student's function has filled: in place, or (another check's affair) in what it returns."""
    seeded(submission, rng)
    weight = submission.keep(submission.on(device, torch.full(shape, BEFORE)))
    result = getattr(submission, name)(weight)
    values = weight.value()
    untouched = isinstance(values, torch.Tensor) and bool((values == BEFORE).all())
    values = result if untouched and isinstance(result, torch.Tensor) else values
    expect_shape(values, shape, what=f"the weight after {name}")
    expect_dtype(values, "float", what=f"the weight after {name}")
    expect(bool((values != BEFORE).any()), f"{name} has not changed the weight it was given.")
    expect(bool(torch.isfinite(values).all()), f"After {name} the weight holds NaN or infinity.")
    return values


def large_shape(rng, kind):
    """The shape of a Linear's or a convolution's weight: 44,000 numbers or more, the two fans far apart."""
    more = int(rng.integers(0, 20))
    return {
        "wide": (120 + more, 400 - more),
        "tall": (390 - more, 120 + more),
        "convolution": (30 + more, 100, 3, 5),
    }[kind]


SHAPES = ("wide", "convolution")


@question("xavier", given=FANS, hint="weight.uniform_(-a, a) with a = sqrt(6 / (fan_in + fan_out)).")
@pytest.mark.parametrize("kind", SHAPES)
def test_xavier_uniform_draws(submission, rng, device, kind):
    """xavier_uniform_ draws from uniform(-a, a), a = sqrt(6 / (fan_in + fan_out)): range, mean, variance and shape."""
    shape = large_shape(rng, kind)
    outputs, inputs, *window = shape
    bound = math.sqrt(6 / ((inputs + outputs) * math.prod(window)))
    values = drawn(submission, rng, device, "xavier_uniform_", shape)
    expect_uniform(values, bound, f"the weights {shape} of xavier_uniform_", formulas(shape))


@question("xavier", given=FANS, hint="weight.normal_(0, std) with std = sqrt(2 / (fan_in + fan_out)), a root.")
@pytest.mark.parametrize("kind", SHAPES)
def test_xavier_normal_draws(submission, rng, device, kind):
    """xavier_normal_ draws from N(0, sqrt(2 / (fan_in + fan_out))): mean, standard deviation and shape."""
    shape = large_shape(rng, kind)
    outputs, inputs, *window = shape
    std = math.sqrt(2 / ((inputs + outputs) * math.prod(window)))
    values = drawn(submission, rng, device, "xavier_normal_", shape)
    expect_normal(values, 0.0, std, f"the weights {shape} of xavier_normal_", formulas(shape))


@question("he", given=FANS, hint="weight.normal_(0, std) with std = sqrt(2 / fan_in), a root.")
@pytest.mark.parametrize("kind", ["wide", "tall", "convolution"])
def test_he_normal_draws(submission, rng, device, kind):
    """he_normal_ draws from N(0, sqrt(2 / fan_in)): mean, standard deviation and shape."""
    shape = large_shape(rng, kind)
    std = math.sqrt(2 / math.prod(shape[1:]))
    values = drawn(submission, rng, device, "he_normal_", shape)
    expect_normal(values, 0.0, std, f"the weights {shape} of he_normal_", formulas(shape))


def expect_in_place(submission, rng, device, name):
    """A parameter is filled as it is: the same tensor comes back, a leaf, with its dtype, frozen or not as before."""
    seeded(submission, rng)
    library = submission.library("torch.nn")
    for layer in (library.Linear(6, 4).to(device), library.Conv2d(3, 4, 2).to(device).double().requires_grad_(False)):
        before = layer.state_dict()["weight"]
        found = submission.probe("returned_by", name, layer)
        after = layer.state_dict()["weight"]
        expect_shape(after, tuple(before.shape), what=f"the weight after {name}")
        changed = bool((torch.as_tensor(after) != before).any())
        expect(changed, f"{name} has not changed the weight it was given: fill it in place, not a copy.")
        expect(not found["nothing"], f"{name} returns nothing: end it with return weight.")
        expect(found["tensor"], f"{name} should return the weight; it returns something that is no tensor.")
        shared = f"{name} returns another tensor that shares the weight's memory (weight.data?), not the weight itself."
        expect(found["same"] or not found["alias"], shared)
        expect(found["same"], f"{name} returns another tensor than the weight it was given.")
        expect(found["leaf"], f"After {name} the weight is no leaf any more: fill it under torch.no_grad().")
        turned = "does not require gradients any more" if found["frozen"] else "requires gradients; it was frozen"
        expect(found["frozen"] == found["was_frozen"], f"After {name} the weight {turned}.")
        same_dtype = f"{name} turned a weight of {before.dtype} into {after.dtype}.".replace("torch.", "")
        expect(after.dtype == before.dtype, same_dtype)


def expect_anew(submission, rng, name):
    """Two weights of the same shape get different numbers, whatever the generator held before."""
    seeded(submission, rng)
    weights = []
    for _ in range(2):
        weight = submission.keep(torch.full((20, 30), BEFORE))
        result = getattr(submission, name)(weight)
        values = weight.value()
        expect_shape(values, (20, 30), what=f"the weight after {name}")
        kept = bool((values == BEFORE).all()) and isinstance(result, torch.Tensor)
        weights.append(result if kept else values)
    expect_shape(weights[1], tuple(weights[0].shape), what=f"{name}'s result")
    same = bool((weights[0] == weights[1]).all())
    expect(not same, f"{name} gives two weights of one shape the same numbers. Is a seed set inside?")


IN_PLACE = "Under torch.no_grad(), weight.normal_(…) or weight.uniform_(…); then return weight."
ANEW = "Set no seed inside the function, and make no generator of its own in each call."


@question("xavier", weight=0.75, given=FANS, hint=IN_PLACE)
@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_"])
def test_xavier_fills_parameters(submission, rng, device, name):
    """A parameter is filled in place, outside autograd, and is what is returned."""
    expect_in_place(submission, rng, device, name)


@question("xavier", weight=0.5, given=FANS, hint=ANEW)
@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_"])
def test_xavier_draws_anew(submission, rng, name):
    """Two layers of the same shape get different weights."""
    expect_anew(submission, rng, name)


@question("he", given=FANS, hint=IN_PLACE)
def test_he_fills_parameters(submission, rng, device):
    """A parameter is filled in place, outside autograd, and is what is returned."""
    expect_in_place(submission, rng, device, "he_normal_")


@question("he", weight=0.5, given=FANS, hint=ANEW)
def test_he_draws_anew(submission, rng):
    """Two layers of the same shape get different weights."""
    expect_anew(submission, rng, "he_normal_")


# weight_init -------------------------------------------------------------------------------------------------------


def network(submission, rng, device, *layers):
    """nn.Sequential of these layers on the device, full of numbers between 2 and 3; the network and its state."""
    net = submission.library("torch.nn").Sequential(*layers).to(device)
    return net, submission.probe("fill", net, int(rng.integers(1000)))


def state_of(submission, net, like):
    """The state of a network after weight_init; its entries must have kept their shapes and be finite."""
    state = submission.probe("state", net)
    expect_type(state, dict, what="the network's state")
    for name, value in like.items():
        expect(name in state, f"After weight_init the network has no {name} any more.")
        expect_shape(state[name], tuple(value.shape), what=f"{name} after weight_init")
        if value.is_floating_point():
            expect_dtype(state[name], "float", what=f"{name} after weight_init")
        finite = bool(torch.isfinite(torch.as_tensor(state[name])).all())
        expect(finite, f"After weight_init {name} holds NaN or infinity.")
    return state


def applied(submission, rng, net, before):
    """The state of `net` after net.apply(weight_init)."""
    seeded(submission, rng)
    net.apply(submission.weight_init)
    return state_of(submission, net, before)


def expect_spread(submission, rng, device, layers, mean, kinds):
    """After apply the weights of these two large layers are N(mean, 0.02)."""
    net, before = network(submission, rng, device, *layers)
    after = applied(submission, rng, net, before)
    clues = [
        ("the root of 0.02: 0.02 is the standard deviation already", math.sqrt(0.02)),
        ("the square of 0.02: normal_ takes the standard deviation, not the variance", 0.02**2),
    ]
    for place, kind in enumerate(kinds):
        name = f"{place}.weight"
        untouched = f"weight_init leaves the weight of {kind} as it was; it should be N({mean:g}, 0.02)."
        expect(bool((after[name] != before[name]).any()), untouched)
        constant = bool((after[name] == after[name].flatten()[0]).all())
        message = f"weight_init sets every weight of {kind} to the same number; draw each from N({mean:g}, 0.02)."
        expect(not constant, message)
        expect_normal(after[name], mean, 0.02, f"the weights of {kind}", clues)


@question("apply", hint="nn.Conv1d, nn.Conv2d and nn.Conv3d: weight.normal_(0, 0.02).")
def test_convolution_weights(submission, rng, device):
    """The weights of convolutions are draws from N(0, 0.02), for sequences, images and volumes."""
    library = submission.library("torch.nn")
    layers = library.Conv2d(45, 40, 5), library.Conv1d(100, 150, 3), library.Conv3d(30, 40, (3, 4, 4))
    expect_spread(submission, rng, device, layers, 0.0, ("a Conv2d", "a Conv1d", "a Conv3d"))


@question("apply", hint="Batch norm's weight multiplies: N(1, 0.02), not N(0, 0.02), for rows, images and volumes.")
def test_batch_norm_weights(submission, rng, device):
    """The weights of batch norms are draws from N(1, 0.02), for rows, images and volumes."""
    library = submission.library("torch.nn")
    layers = library.BatchNorm2d(42_000), library.BatchNorm1d(42_000), library.BatchNorm3d(42_000)
    expect_spread(submission, rng, device, layers, 1.0, ("a BatchNorm2d", "a BatchNorm1d", "a BatchNorm3d"))


@question("apply", hint="weight.normal_(0, 0.02), the same for every size.")
def test_linear_weights(submission, rng, device):
    """The weights of Linear layers are draws from N(0, 0.02), whatever their fans."""
    library = submission.library("torch.nn")
    layers = library.Linear(150, 300), library.Linear(700, 60)
    expect_spread(submission, rng, device, layers, 0.0, ("Linear(150, 300)", "Linear(700, 60)"))


@question("apply", weight=1.5, hint="Zero the biases of batch norm and Linear; leave the convolutions' alone.")
def test_biases(submission, rng, device):
    """Biases of Linear layers and batch norms become exactly 0; those of convolutions stay as they are."""
    library = submission.library("torch.nn")
    kinds = (library.Conv2d(3, 5, 2), library.BatchNorm2d(5), library.Linear(8, 6), library.BatchNorm1d(6))
    more = library.Conv1d(2, 4, 3), library.Conv3d(2, 4, 3), library.BatchNorm3d(6)
    net, before = network(submission, rng, device, *kinds, *more)
    after = applied(submission, rng, net, before)
    for place, kind in ((0, "Conv2d"), (4, "Conv1d"), (5, "Conv3d")):
        what = f"the bias of a {kind}, which weight_init should leave alone,"
        expect_equal(after[f"{place}.bias"], before[f"{place}.bias"], what=what)
    for place, kind in ((1, "BatchNorm2d"), (2, "Linear"), (3, "BatchNorm1d"), (6, "BatchNorm3d")):
        zeros = torch.zeros_like(before[f"{place}.bias"])
        expect_equal(after[f"{place}.bias"], zeros, what=f"the bias of a {kind}, which should be 0,")


def expect_all_new(before, after, names, why):
    """Every number of these entries has changed."""
    for name in names:
        new = bool((after[name] != before[name]).all())
        expect(new, f"After net.apply(weight_init), {name} is what it was before: {why}")


@question("apply", hint="Look at the one module you are given, whatever it is; apply brings you all of them.")
def test_nested_modules(submission, rng, device):
    """Layers in lists, dicts and containers of containers are reached, in a network whose class is called ConvNet."""
    net = submission.probe("convnet").to(device)
    before = submission.probe("fill", net, int(rng.integers(1000)))
    after = applied(submission, rng, net, before)
    weights = [name for name in before if name.endswith("weight")]
    expect_all_new(before, after, weights, "1d, 2d or 3d, and however deep it lies, weight_init should reach it.")


@question("apply", hint="isinstance(module, nn.Linear) is also true for classes made from nn.Linear.")
def test_subclasses(submission, rng, device):
    """Classes made from nn.Linear, nn.Conv1d and nn.BatchNorm1d, under names of their own, count as what they are."""
    net = submission.probe("subclasses").to(device)
    before = submission.probe("fill", net, int(rng.integers(1000)))
    after = applied(submission, rng, net, before)
    for place, kind in ((0, "nn.Linear"), (1, "nn.Conv1d"), (2, "nn.BatchNorm1d")):
        why = f"its class is made from {kind} and has another name. Ask isinstance(module, {kind})."
        expect_all_new(before, after, [f"{place}.weight"], why)


@question("apply", hint="Do nothing for a module that is none of the three kinds.")
def test_other_modules(submission, rng, device):
    """Layer norm, group norm, embeddings, PReLU and modules of one's own are left alone, whatever they are called."""
    net = submission.probe("others").to(device)
    before = submission.probe("fill", net, int(rng.integers(1000)))
    after = applied(submission, rng, net, before)
    expect_all_new(before, after, ["6.weight"], "a Linear layer is one of the three kinds.")
    kinds = (
        "a LayerNorm",
        "a GroupNorm",
        "an InstanceNorm2d",
        "an Embedding",
        "a PReLU",
        "a class LinearBlend, no nn.Linear,",
        "a Linear",
        "a Bilinear",
    )
    for name, value in before.items():
        if name.startswith("6."):
            continue
        kind = kinds[int(name.split(".")[0])]
        same = torch.equal(torch.as_tensor(after[name]), value)
        expect(same, f"weight_init has changed the {name.split('.')[1]} of {kind}: leave it alone.")


@question("apply", hint="Ask `is not None` before you touch a weight or a bias.")
def test_without_parameters(submission, rng, device):
    """Layers with bias=False and batch norms with affine=False do not stop weight_init."""
    net = submission.probe("without_parameters").to(device)
    before = submission.probe("fill", net, int(rng.integers(1000)))
    after = applied(submission, rng, net, before)
    for place, kind in ((0, "Conv2d"), (2, "Linear"), (4, "Conv1d")):
        expect_all_new(before, after, [f"{place}.weight"], f"it is that of a {kind} with bias=False.")


@question("apply", weight=0.5, hint="Touch weight and bias only, not the running averages.")
def test_buffers(submission, rng, device):
    """Running averages and other buffers are left as they are."""
    library = submission.library("torch.nn")
    layers = library.Conv2d(3, 5, 2), library.BatchNorm2d(5), library.BatchNorm1d(4)
    net, before = network(submission, rng, device, *layers)
    after = applied(submission, rng, net, before)
    expect_all_new(before, after, ["0.weight", "1.weight", "2.weight"], "it should be drawn anew.")
    for name, value in before.items():
        if "running" in name or "tracked" in name:
            expect_equal(after[name], value, what=f"the buffer {name} after weight_init")


@question("apply", weight=0.75, hint="Under torch.no_grad(), module.weight.normal_(…): no new nn.Parameter.")
def test_parameters_stay(submission, rng, device):
    """Parameters are changed in place: the same objects, still leaves, frozen or not as before, in their dtype."""
    library = submission.library("torch.nn")
    net, before = network(
        submission, rng, device, library.Conv2d(3, 5, 2), library.BatchNorm2d(5), library.Linear(8, 6)
    )
    net.double()
    memory = submission.probe("remember", net, "2.weight")
    after = applied(submission, rng, net, before)
    expect_all_new(before, after, ["0.weight", "1.weight", "2.weight"], "it should be drawn anew.")
    found = submission.probe("changes", memory, net)
    words = {
        "missing": "is gone",
        "replaced": "is another object, so an optimiser made before would go on with the old one; fill it in place",
        "no_leaf": "is no leaf any more; change it under torch.no_grad()",
        "other_grad": "has another requires_grad than before",
        "other_dtype": "has another dtype than before",
    }
    for problem, text in words.items():
        for name in found[problem]:
            expect(False, f"After weight_init the parameter {name} {text}.")


@question("apply", hint=ANEW)
def test_layers_differ(submission, rng, device):
    """Two layers of the same shape get different weights, and the same layer gets others the next time."""
    library = submission.library("torch.nn")
    layers = [library.Linear(12, 9) for _ in range(2)] + [library.Conv2d(4, 5, 3) for _ in range(2)]
    net, before = network(submission, rng, device, *layers)
    first = applied(submission, rng, net, before)
    net.apply(submission.weight_init)
    second = state_of(submission, net, before)
    for place, kind in ((0, "Linear layers"), (2, "convolutions")):
        one, two, again = first[f"{place}.weight"], first[f"{place + 1}.weight"], second[f"{place}.weight"]
        message = f"Two {kind} of one shape get the same weights. Is a seed set inside weight_init?"
        expect(bool((one != two).any()), message)
        expect(bool((one != again).any()), f"Applied a second time, weight_init gives {kind} the same weights again.")


@question("apply", hint="weight_init(module) deals with `module` itself; a container has nothing to initialise.")
def test_called_directly(submission, rng, device):
    """weight_init can be called without apply: a single layer is initialised, and a container does not stop it."""
    library = submission.library("torch.nn")
    layer = library.Linear(30, 20).to(device)
    before = submission.probe("fill", layer, int(rng.integers(1000)))
    seeded(submission, rng)
    submission.weight_init(layer)
    after = state_of(submission, layer, before)
    new = bool((after["weight"] != before["weight"]).any())
    expect(new, "weight_init(layer) leaves a Linear layer as it was: it should initialise the module it is given.")
    expect_equal(after["bias"], torch.zeros(20), what="the bias after weight_init(layer)")
    # Whether it also initialises what is inside a container is left open: apply does that.
    submission.weight_init(submission.probe("convnet").to(device))
    submission.weight_init(library.ReLU())


# activation_stds ---------------------------------------------------------------------------------------------------


def stds(submission, depth, *args):
    """The student's list as float64 array; fails in words when it is no list of `depth` finite numbers."""
    found = submission.activation_stds(depth, *args)
    what = f"activation_stds({', '.join(map(repr, (depth, *args)))})"
    if isinstance(found, torch.Tensor | np.ndarray) and found.ndim == 1:
        found = found.tolist()  # that a list is asked for is a public check
    expect_type(found, (list, tuple), what=what)
    length = f"{what} has length {len(found)}, and there are {depth} layers: one number after each."
    expect(len(found) == depth, length)
    numbers = [number(value) for value in found]
    plain = all(
        isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)
        for value in numbers
    )
    expect(plain, f"{what} should be a list of plain numbers.")
    expect(bool(np.isfinite(numbers).all()), f"{what} holds NaN or infinity.")
    expect(min(numbers) >= 0, f"{what} holds a negative number: no standard deviation is.")
    return np.array(numbers, dtype=np.float64)


@question(
    "activations",
    given=DRAWS,
    hint="x = act(x @ W.T) again and again, a new W for each layer and no bias; note the std after each activation.",
)
@pytest.mark.parametrize(
    ("init", "activation", "lowest", "highest", "runs"),
    [
        ("small", "tanh", 0, 1e-4, 1),
        ("xavier", "tanh", 0.25, 0.5, 1),
        ("xavier", "relu", 0, 0.1, 3),
        ("he", "relu", 0.55, 1.7, 6),
    ],
    ids=["small-tanh", "xavier-tanh", "xavier-relu", "he-relu"],
)
def test_ratio(submission, rng, init, activation, lowest, highest, runs):
    """Width 200: how much of the first layer's std is left after ten layers."""
    # One run of He's with ReLU misses its range once in 400 times: the logarithm of the ratio has a standard deviation
    # of 0.175 (1,200 seeds; Xavier's is the same). The mean over these runs is 8 of its own away from either end, for
    # tanh (0.02 to 0.03) one run is 13 away.
    logs = []
    for seed in rng.choice(10_000, size=runs, replace=False):
        found = stds(submission, 10, 200, init, activation, int(seed))
        expect(found[0] > 0, "The std after the first layer is 0: nothing gets through it.")
        logs.append(math.log(found[-1] + 1e-300) - math.log(found[0]))
    ratio = math.exp(sum(logs) / len(logs))
    message = f"With {init!r} and {activation!r} layer 10 has {ratio:.3g} times the std of layer 1; it should be "
    message += f"between {lowest} and {highest}." if lowest else f"below {highest:g}."
    expect(lowest < ratio < highest, message)


ACTIVATIONS = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def theory(depth, width, init, activation):
    """(std before, std after) the activation of each layer, for many units: every sum is normal, by its variance."""
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    factor = {"small": 1e-4 * width, "xavier": 1.0, "he": 2.0}[init]
    power, found = 1.0, []
    for _ in range(depth):
        before = math.sqrt(factor * power)
        x = ACTIVATIONS[activation](before * z)
        power = float(density @ x**2)
        found.append((before, math.sqrt(power - float(density @ x) ** 2)))
    return found


@question(
    "activations",
    given=DRAWS,
    hint="x.std() over all entries, after the activation; rows from N(0, 1), weights of the init asked for, no bias.",
)
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_layers_one_by_one(submission, rng, activation):
    """The std after each of the first three layers is what theory says for many units."""
    # At width 300 the logarithm of the first has a standard deviation of 0.0036 at most, that of the others 0.006 with
    # tanh and 0.043 else (200 seeds): what is allowed is more than 6 of them.
    width = int(rng.integers(300, 340))
    for init in ("small", "xavier", "he"):
        found = stds(submission, 3, width, init, activation, int(rng.integers(10_000)))
        for layer, (std, (before, after)) in enumerate(zip(found, theory(3, width, init, activation), strict=True)):
            room = 0.025 if layer == 0 else 0.1 if activation == "tanh" else 0.4
            message = f"With {init!r}, {activation!r} and width {width} the std after layer {layer + 1} is {std:.3g}; "
            message += f"it should be about {after:.3g}."
            if layer == 0 and abs(std / before - 1) < 0.05:
                message += f" {before:.3g} is the std before the activation."
            elif layer == 0 and abs(std / after**2 - 1) < 0.05:
                message += " It is squared: the variance."
            expect(abs(math.log((std + 1e-300) / after)) < room, message)


@question("activations", given=DRAWS, hint="Draw W inside the loop, and set the seed before it, once.")
def test_new_weights_in_every_layer(submission, rng):
    """Every layer has weights of its own. With one unit and small weights each layer multiplies by its only weight."""
    found = stds(submission, 5, 1, "small", "tanh", int(rng.integers(10_000)))
    expect(bool((found > 0).all()), "With one unit, small weights and tanh the std is 0 after some layer.")
    steps = np.diff(np.log(found))
    # The logarithms of four draws lie this close together once in a billion times.
    same = bool((abs(steps - steps[0]) < 1e-3).all())
    expect(not same, "All layers use the same weights: draw new ones for each (is a seed set inside the loop?).")


@question(
    "activations", weight=0.5, given=DRAWS, hint="torch.manual_seed(seed) once, at the beginning of the function."
)
def test_seed(submission, rng):
    """The same seed gives the same list again, another seed another one; without a seed it is that of 0."""
    first, second = (int(n) for n in rng.choice(np.arange(1, 1000), size=2, replace=False))
    args = (3, 40, "xavier", "tanh")
    seeded(submission, rng)
    found = stds(submission, *args, first)
    seeded(submission, rng)
    again, other = stds(submission, *args, first), stds(submission, *args, second)
    same = bool(np.allclose(again, found, rtol=1e-6))
    expect(
        same, "The same seed gives another list the second time: make everything random from `seed` in the function."
    )
    expect(bool((other != found).any()), "Two different seeds give the same list: is `seed` used?")
    same = bool(np.allclose(stds(submission, *args), stds(submission, *args, 0), rtol=1e-6))
    expect(same, "Without a seed the list should be that of seed 0.")


@question("activations", weight=0.5, given=DRAWS, hint="Begin with an empty list; append once in every turn.")
def test_one_number_for_each_layer(submission, rng):
    """There is one number for each layer, also for a single one."""
    for depth, width in itertools.product((1, 4), (20, 33)):
        found = stds(submission, depth, width, "he", "relu", int(rng.integers(1000)))
        # 12 standard deviations of its logarithm, at width 20
        near = 0.4 < found[0] < 1.6
        expect(near, f"With 'he', 'relu' and width {width} the first is {found[0]:.3g}; it should be about 0.83.")
