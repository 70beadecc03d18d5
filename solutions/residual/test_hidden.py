"""Checks of residual the student never has: networks filled by size beside ours, norms by their distribution.

Nothing here looks at names. All parameters of one size get one value, so that it does not matter which of them a
student calls what; which of them is used where shows in the gradients.
"""

import itertools

import numpy as np
import residual
import torch
from image_training import accuracy_of, altered, is_number, tensor, training_checks
from inception_networks import InceptionNet
from network_copies import made, near, reject, steady
from torch import nn

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# One network twice -------------------------------------------------------------------------------------------------


def maps_of(rng, *shape):
    """Random maps, float32."""
    return tensor(rng.normal(size=shape))


def by_size(tensors, draw):
    """One drawn value for each size there is, by number of entries."""
    found = {}
    for each in tensors:
        if each.is_floating_point() and each.numel() not in found:
            found[each.numel()] = draw(tuple(each.shape))
    return found


class Twins:
    """A network of the student's and ours, both with the same random values by size.

    Where ours may be read in several ways that are all right, a bias that a batch norm takes away again or another
    order of the maps in a row, `explain` tries them.
    """

    def __init__(self, submission, rng, kind, sizes, example, *, silent=()):
        """`kind`: the name of the class, `sizes`: its arguments. `silent`: how many entries the parameters have that
        are 0 instead."""
        self.name = f"{kind}({', '.join(map(str, sizes))})"
        self.trusted = (JumpNet if kind == "InceptionJumpNet" else getattr(residual, kind))(*sizes)
        self.optional = [m for m in self.trusted.modules() if isinstance(m, nn.Conv2d)] if "Block" in kind else []
        for conv in self.optional:
            conv.bias = nn.Parameter(torch.zeros(conv.out_channels))
        parameters = by_size(self.trusted.parameters(), lambda shape: _drawn(rng, shape))
        buffers = by_size(self.trusted.buffers(), lambda shape: tensor(rng.uniform(0.5, 1.5, size=shape)))
        parameters |= {size: torch.zeros_like(parameters[size]) for size in silent}
        with torch.no_grad():
            for own, values in ((self.trusted.parameters(), parameters), (self.trusted.buffers(), buffers)):
                for each in own:
                    if each.is_floating_point():
                        each.copy_(values[each.numel()].reshape(each.shape))
        self.biases = [conv.bias.detach().clone() for conv in self.optional]
        submission.library("torch").manual_seed(1)
        self.net = made(getattr(submission, kind)(*sizes), self.name)
        epsilons = submission.probe("fill", self.net, example, list(parameters.values()), list(buffers.values()))
        expect_type(epsilons, list, what="the eps of the batch norms")
        right = [float(value) for value in epsilons if is_number(value) and 0 < value <= 0.01]
        self.epsilons = right[:2] or [1e-5]

    def train(self, mode):
        """Put both into training or evaluation mode."""
        self.net.train(mode)
        self.trusted.train(mode)

    def explain(self, inputs, what):
        """The student's result for `inputs` is ours, read in one of the ways that are right."""
        result, first = self.net(inputs), None
        for _ in self._readings():
            with torch.no_grad():
                expected = self.trusted(inputs)
            if near(result, expected):
                return
            first = expected if first is None else first
        expect_shape(result, tuple(first.shape), what=what)
        expect_dtype(result, "float", what=what)
        expect_close(result, first, rtol=1e-4, atol=1e-5, what=what)

    def _readings(self):
        """Put ours into one right reading after the other."""
        norms = [module for module in self.trusted.modules() if isinstance(module, nn.BatchNorm2d)]
        biases = itertools.product((False, True), repeat=len(self.optional))
        for present, epsilons in itertools.product(biases, itertools.product(self.epsilons, repeat=len(norms))):
            for norm, eps in zip(norms, epsilons, strict=True):
                norm.eps = eps
            with torch.no_grad():
                for conv, value, there in zip(self.optional, self.biases, present, strict=True):
                    conv.bias.copy_(value if there else torch.zeros_like(value))
            for layout in getattr(self.trusted, "layouts", ("",)):
                self.trusted.layout = layout
                yield


class JumpNet(InceptionNet):
    """InceptionJumpNet: the convolution `jump` from the first block to behind the second one."""

    def __init__(self, classes):
        super().__init__(classes)
        self.jump = nn.Conv2d(88, 88, 9)

    def forward(self, images):
        """Images (N, 1, 28, 28) to log-probabilities (N, classes)."""
        first = self.steps(images, "cprI")
        return self.rows(self.steps(first, "dprJ") + self.jump(first)).log_softmax(dim=1)


def _drawn(rng, shape):
    """A weight that keeps the size of what it is multiplied with; a vector of both signs, none of it near 0."""
    if len(shape) > 1:
        weight = tensor(rng.uniform(-1, 1, size=shape) * (3 / np.prod(shape[1:])) ** 0.5)
        square = shape[0] == np.prod(shape[1:])  # and then nothing tells how a student lays it out
        return (weight + weight.transpose(0, 1)) / 2 if square else weight
    return tensor(rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1, 1], size=shape))


def expect_gradients(submission, rng, twins, draw):
    """The gradients of the input and of every weight are ours, once the results are."""
    inputs = draw()
    twins.explain(inputs, f"{twins.name}'s result (gradients are compared once it is right)")
    upstream = tensor(rng.normal(size=tuple(twins.trusted(inputs).shape)))
    inputs = steady(twins.trusted, draw, upstream)
    leaf = inputs.clone().requires_grad_()
    twins.trusted.zero_grad()
    twins.trusted(leaf).backward(upstream)
    found = twins.net.gradients(inputs, upstream=upstream, wrt_parameters=False).inputs[0]
    expect(found is not None, f"No gradient reaches the input of {twins.name}. Is something detached?")
    expect_close(found, leaf.grad, rtol=1e-3, atol=1e-4, what=f"the gradient of the input of {twins.name}")
    theirs = submission.probe("weight_gradients", twins.net, inputs, upstream)
    expect_type(theirs, list, what="the gradients")
    optional = {id(conv.bias) for conv in twins.optional}
    for name, parameter in twins.trusted.named_parameters():
        if id(parameter) not in optional and not any(same_weight(grad, parameter.grad) for grad in theirs):
            layer, _, kind = name.rpartition(".")
            layer, shape = type(twins.trusted.get_submodule(layer)).__name__, tuple(parameter.shape)
            reject(
                f"No parameter of {twins.name} has the gradient that the {kind} {shape} of its {layer} should have. "
                "Is a layer used twice, one not at all, or one cut off from the gradient?"
            )


def same_weight(actual, expected):
    """Whether a gradient is ours, as it is, as rows of a larger one, or with its axes in another usual order."""
    rows = expected.reshape(len(expected), -1)
    if not isinstance(actual, torch.Tensor) or actual.numel() < rows.numel():
        return False
    allowed = 1e-3 * expected.abs().max().item() + 1e-4
    pieces = actual.flatten().unfold(0, rows.numel(), rows.shape[1])
    ways = [rows, rows.t()]
    if expected.ndim == 4:
        ways += [expected.permute(0, 2, 3, 1), expected.permute(2, 3, 1, 0)]
    return any(bool(((pieces - way.flatten()).abs().amax(1) <= allowed).any()) for way in ways)


def expect_averages_move(twins, maps):
    """A pass in training mode changes what the network gives in evaluation mode."""
    results = []
    for _ in range(2):
        twins.train(False)
        results.append(twins.net(maps))
        twins.train(True)
        twins.net(maps)
    said = "leaves the running averages of its batch norms as they were. Is their momentum 0?"
    expect(not near(*results), f"A pass of {twins.name} in training mode {said}")


# ResidualBlock -----------------------------------------------------------------------------------------------------

# No 3 channels: filters (3, in, 3, 3) would look the same with their axes in another order.
BLOCKS = (
    ((2, 2), (5, 7)),
    ((2, 5), (6, 4)),
    ((5, 2), (4, 6)),
    ((4, 4, 2), (7, 6)),
    ((4, 6, 2), (5, 8)),
    ((6, 4, 3), (8, 7)),
)


@question(
    "residual_block",
    hint="F.relu(path(x) + x), where path ends in a batch norm: after it the sum, after the sum the ReLU.",
)
def test_identity_block(submission, rng):
    """With γ = β = 0 in its last batch norm, a block of one shape is ReLU(x), and its gradient is the mask."""
    for channels, mode in ((4, True), (5, False)):
        maps = maps_of(rng, 2 if mode else 1, channels, 6, 5)
        twins = Twins(submission, rng, "ResidualBlock", (channels, channels), maps_of(rng, 2, channels, 6, 5))
        submission.probe("zero_last_norm", twins.net, maps)
        twins.train(mode)
        what = f"the result of {twins.name} whose last batch norm has γ = β = 0"
        result = twins.net(maps)
        expect_shape(result, tuple(maps.shape), what=what)
        slips = {
            "0: the sum comes after the last batch norm, not before it": torch.zeros_like(maps),
            "x itself: after the sum there is a ReLU": maps,
            "2·ReLU(x): x is added once, and to the main path": 2 * maps.relu(),
            "ReLU(2·x): x is added once, and to the main path": (2 * maps).relu(),
        }
        for words, slip in slips.items():
            expect(not near(result, slip), f"{what} should be ReLU(x). It is {words}.")
        expect_close(result, maps.relu(), what=what)
        gradient = twins.net.gradients(maps, wrt_parameters=False).inputs[0]
        expect(gradient is not None, f"No gradient reaches the input of {twins.name}. Is something detached?")
        what = f"the gradient of the input of {twins.name} whose last batch norm has γ = β = 0"
        expect_close(gradient, (maps > 0).float(), what=what)


@question(
    "residual_block",
    weight=1.5,
    hint="conv 3×3 (stride), BN, ReLU, conv 3×3, BN; the shortcut: 1×1 conv (stride) and BN where shapes differ.",
)
def test_residual_block_in_training_mode(submission, rng):
    """In training mode the block is ReLU(main path + shortcut), normalised by the batch, for any stride."""
    for sizes, size in BLOCKS:
        maps = maps_of(rng, 3, sizes[0], *size)
        twins = Twins(submission, rng, "ResidualBlock", sizes, maps)
        twins.train(True)
        twins.explain(maps, f"{twins.name}'s result for maps {tuple(maps.shape)} in training mode")


@question(
    "residual_block",
    hint="nn.BatchNorm2d behind each convolution, that of the shortcut included; it keeps its averages itself.",
)
def test_residual_block_in_evaluation_mode(submission, rng):
    """In evaluation mode the block is ReLU(main path + shortcut), normalised by the running averages."""
    for count, (sizes, size) in zip((1, 2, 2, 1, 3, 2), BLOCKS, strict=True):
        maps = maps_of(rng, count, sizes[0], *size)
        twins = Twins(submission, rng, "ResidualBlock", sizes, maps_of(rng, 2, sizes[0], *size))
        twins.train(False)
        twins.explain(maps, f"{twins.name}'s result for maps {tuple(maps.shape)} in evaluation mode")
    expect_averages_move(twins, maps)


@question(
    "residual_block",
    weight=0.5,
    hint="No in-place ReLU and no += on x itself: the caller, and the backward pass, need it as it was.",
)
def test_residual_block_leaves_its_input_alone(submission, rng):
    """The maps given to the block are the same afterwards."""
    for sizes in ((3, 3), (3, 4, 2)):
        maps = maps_of(rng, 2, 3, 6, 5)
        block = made(submission.ResidualBlock(*sizes), f"ResidualBlock{sizes}")
        kept = submission.keep(maps)
        block(kept)
        what = f"the input of ResidualBlock{sizes} after it ran (it should be as before: is something done in place?)"
        expect_equal(kept.value(), maps, what=what)


@question(
    "residual_block",
    weight=1,
    hint="No detach, no torch.no_grad(), nothing in place on x, and every layer used once.",
)
def test_gradients_of_residual_block(submission, rng):
    """Backward gives the input and every weight of the block the gradients of ours."""
    for sizes in ((4, 4), (2, 5, 2)):
        twins = Twins(submission, rng, "ResidualBlock", sizes, maps_of(rng, 3, sizes[0], 6, 7))
        twins.train(True)
        expect_gradients(submission, rng, twins, lambda sizes=sizes: maps_of(rng, 3, sizes[0], 6, 7))


# DenseBlock --------------------------------------------------------------------------------------------------------

DENSE = ((3, 2, 3), (5, 4, 1), (4, 3, 4))


@question("dense_block", weight=0.5, hint="torch.cat([x, new], dim=1): what was there comes first and stays as it is.")
def test_dense_block_keeps_its_input(submission, rng):
    """The block gives in + k·L channels, and the first `in` of them are its input."""
    for inputs, growth, layers in DENSE:
        maps = maps_of(rng, 2, inputs, 5, 6)
        twins = Twins(submission, rng, "DenseBlock", (inputs, growth, layers), maps)
        twins.train(False)
        result = twins.net(maps)
        what = f"{twins.name}'s result for maps {tuple(maps.shape)}"
        expect_shape(result, (2, inputs + growth * layers, 5, 6), what=what)
        if not near(result[:, :inputs], maps) and near(result[:, -inputs:], maps):
            reject(f"{twins.name} puts its input behind the new maps: it belongs in front of them.")
        expect_equal(result[:, :inputs], maps, what=f"the first {inputs} channels of {what} (they should be its input)")


@question(
    "dense_block",
    hint="Layer i: BatchNorm2d(in + k·i), ReLU, Conv2d(in + k·i, k, 3, padding=1), on all that is there so far.",
)
def test_dense_block_in_both_modes(submission, rng):
    """Each layer is batch norm, ReLU, 3×3 convolution, and reads the input and everything made before it."""
    for mode in (True, False):
        for sizes in DENSE:
            maps = 4 * maps_of(rng, 3 if mode else 1, sizes[0], 5, 6)  # beyond the 6 at which a ReLU6 cuts
            twins = Twins(submission, rng, "DenseBlock", sizes, maps_of(rng, 2, sizes[0], 5, 6))
            twins.train(mode)
            words = "training" if mode else "evaluation"
            twins.explain(maps, f"{twins.name}'s result for maps {tuple(maps.shape)} in {words} mode")
    expect_averages_move(twins, maps)


@question("dense_block", weight=0.5, hint="No detach, nothing in place on x, and every layer used once.")
def test_gradients_of_dense_block(submission, rng):
    """Backward gives the input and every weight of the block the gradients of ours."""
    twins = Twins(submission, rng, "DenseBlock", (3, 2, 3), maps_of(rng, 3, 3, 5, 6))
    twins.train(True)
    maps = maps_of(rng, 2, 3, 5, 6)
    kept = submission.keep(maps)
    twins.net(kept)
    expect_equal(kept.value(), maps, what=f"the input of {twins.name} after it ran (is something done in place?)")
    expect_gradients(submission, rng, twins, lambda: maps_of(rng, 3, 3, 5, 6))


# InceptionJumpNet --------------------------------------------------------------------------------------------------

JUMP = (88 * 88 * 81,)
MAIN = (20 * 88 * 25, 16 * 20, 24 * 20)  # the second convolution, and the 1×1 ones of the second InceptionA


def images_of(rng, count):
    """Random images (count, 1, 28, 28)."""
    return maps_of(rng, count, 1, 28, 28)


def jump_twins(submission, rng, classes, silent=()):
    """InceptionJumpNet twice."""
    return Twins(submission, rng, "InceptionJumpNet", (classes,), images_of(rng, 2), silent=silent)


@question("jump", weight=0.5, hint="F.log_softmax(…, dim=1) at the end: dim=1 runs over the classes.")
def test_log_probabilities(submission, rng):
    """The result is one log-probability for each class: exp of it sums to 1 for every image."""
    for classes, count in ((10, 1), (7, 4)):
        twins = jump_twins(submission, rng, classes)
        result = twins.net(images_of(rng, count))
        what = f"{twins.name}'s result for {count} image{'s' * (count > 1)}"
        expect_shape(result, (count, classes), what=what)
        expect_dtype(result, "float", what=what)
        ones = torch.ones(count)
        expect(not near(result.sum(1), ones), f"{what} holds probabilities, and their logarithms are asked for.")
        over_batch = near(result.exp().sum(0), torch.ones(classes))
        expect(not over_batch, f"exp of {what} sums to 1 over the images, not over the classes: dim=0?")
        what = f"the sum over the classes of exp of {what}"
        logits = " Without log_softmax the result would look like this." if result.max() > 0 else ""
        expect(near(result.exp().sum(1), ones), f"{what} should be 1 for every image; it is not.{logits}")


@question("jump", hint="With nothing coming over the jump this is InceptionNet of the last assignment.")
def test_main_path_alone(submission, rng):
    """With a jump of weights 0 the network is the main path: conv, pool, ReLU, InceptionA, twice, and Linear."""
    for classes, count in ((10, 3), (6, 1)):
        twins = jump_twins(submission, rng, classes, silent=JUMP)
        twins.explain(images_of(rng, count), f"{twins.name}'s result with weights 0 in the jump, {count} images")


@question("jump", hint="jump = conv9(first), where first is what the first InceptionA gave; then nothing but the sum.")
def test_jump_alone(submission, rng):
    """With weights of 0 on the main path behind the first InceptionA, all that is left of the image jumped."""
    for classes, count in ((10, 3), (6, 1)):
        twins = jump_twins(submission, rng, classes, silent=MAIN)
        twins.explain(images_of(rng, count), f"{twins.name}'s result with weights 0 on the main path, {count} images")


@question("jump", hint="second + jump, both (N, 88, 4, 4), then flatten(1), Linear(1408, num_classes), log_softmax.")
def test_both_ways_together(submission, rng):
    """The result is that of the network in the table, sum before flatten, also for a single image."""
    for classes, count in ((10, 4), (7, 1)):
        twins = jump_twins(submission, rng, classes)
        for mode in (True, False):
            twins.train(mode)
            words = "training" if mode else "evaluation"
            twins.explain(images_of(rng, count), f"{twins.name}'s result for {count} images in {words} mode")


@question("jump", hint="No detach, no torch.no_grad(), no .data; every layer used once.")
def test_gradients_of_the_network(submission, rng):
    """Backward gives the images and every weight the gradients of ours: through the jump and through the main path."""
    twins = jump_twins(submission, rng, 7)
    twins.train(True)
    expect_gradients(submission, rng, twins, lambda: images_of(rng, 2))


# gradient_norms ----------------------------------------------------------------------------------------------------


def norms(submission, depth, width, residual, seed):
    """The student's norms, float64 (depth,); fails in words when they are no list of `depth` positive numbers."""
    what = f"gradient_norms({depth}, {width}, residual={residual}, seed={seed})"
    values = submission.gradient_norms(depth, width, residual, seed)
    expect_type(values, (list, tuple, np.ndarray, torch.Tensor), what=f"the result of {what}")
    values = list(values) if getattr(values, "ndim", 1) else []
    expect(len(values) == depth, f"{what} should give one number per layer, {depth}; it gives {len(values)}.")
    expect(all(is_number(value) for value in values), f"{what} should give plain numbers, one per layer.")
    found = torch.tensor([float(value) for value in values], dtype=torch.float64)
    fine = bool((found.isfinite() & (found > 0)).all())
    expect(fine, f"{what} should give positive numbers, one per layer; it gives {found.min():g} and others.")
    return found


@question("gradients", hint="x = tanh(layer(x)), or x = x + tanh(layer(x)) where residual is True; first layer first.")
def test_ratios_at_depth_30(submission, rng):
    """Plain, next to nothing reaches the first of 30 layers; with x + … at least a tenth of what the last one has."""
    for seed in rng.choice(1000, size=3, replace=False).tolist():
        plain, jumping = norms(submission, 30, 32, False, seed), norms(submission, 30, 32, True, seed)
        expect(not near(plain, jumping), "residual=True and residual=False give the same norms.")
        ratio = (plain[0] / plain[-1]).item()
        upside = " It is the other way round: is the list in the order of the layers?" if ratio > 1e3 else ""
        message = f"Plain, the first layer's norm should be under 1/1000 of the last one's; it is {ratio:.3g} of it."
        expect(ratio < 1e-3, message + upside)
        ratio = (jumping[0] / jumping[-1]).item()
        expect(
            ratio > 0.1, f"Residual, the first layer's norm should be over 1/10 of the last one's; it is {ratio:.3g}."
        )
        ratio = (jumping[0] / plain[0]).item()
        expect(ratio >= 10, f"At the first layer, residual should be at least 10 times plain; it is {ratio:.3g} times.")


@question("gradients", weight=0.5, hint="torch.manual_seed(seed) once, before the layers, the input and the target.")
def test_seed_decides(submission):
    """The same seed gives the same norms, whatever was drawn before; another seed gives others."""
    found = []
    for noise, seed in ((1, 0), (2, 0), (3, 5)):
        submission.library("torch").manual_seed(noise)
        submission.library("numpy.random").seed(noise)
        found.append(norms(submission, 4, 16, True, seed))
    expect_close(found[1], found[0], rtol=1e-4, what="gradient_norms, run again with the same seed,")
    expect(not near(found[2], found[0]), "Two different seeds give the same norms: draw everything from seed.")


@question(
    "gradients",
    hint="64 rows and a target from N(0, 1), F.mse_loss with its mean, layer.weight.grad.norm(), not of the bias.",
)
def test_sizes_of_the_norms(submission, rng):
    """The norms are as large as the recipe makes them: start, input, tanh, loss and norm as asked."""
    for depth, width, jumping in ((1, 24, False), (3, 40, False), (3, 40, True)):
        start = int(rng.integers(10_000))
        theirs = torch.stack([norms(submission, depth, width, jumping, start + n) for n in range(30)]).log()
        ours = torch.tensor([residual.gradient_norms(depth, width, jumping, 20_000 + n) for n in range(60)]).log()
        # Six standard errors of the difference: a false alarm in 10⁸.
        allowed = 6 * ours.std(0) * (1 / 30 + 1 / 60) ** 0.5
        off = theirs.mean(0) - ours.mean(0)
        far = (off.abs() > allowed).nonzero().flatten().tolist()
        if far:
            layer, factor = far[0], off[far[0]].exp().item()
            what = f"gradient_norms({depth}, {width}, residual={jumping})"
            expect(
                False,
                f"Over 30 seeds, the norm of layer {layer + 1} in {what} is {factor:.3g} times what it should be.",
            )


# train, predict, accuracy ------------------------------------------------------------------------------------------

globals().update(training_checks("accuracy", log_probabilities=True, weight=4))


@question(
    "accuracy",
    weight=2,
    trains=True,
    seconds=10,
    hint="Six epochs of a correct train on a correct InceptionJumpNet are enough.",
)
def test_accuracy_on_altered_images(submission, data, threshold, reach, rng, device):
    """InceptionJumpNet(10) is accurate enough also on test images in a new order, each a little altered."""
    images, labels = altered(data, rng)

    def measure(start):
        submission.library("torch").manual_seed(start)
        net, epochs = submission.InceptionJumpNet(10), 4 if data.name == "mnist" else 6
        submission.train(net, data.train_images, data.train_labels, epochs=epochs, seed=start, device=device)
        return accuracy_of(submission, net, images, labels, device)

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
