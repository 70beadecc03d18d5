"""Checks of cnn_classifier the student never has: networks compared with a copy of their own weights, and trainings."""

import itertools
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from image_training import accuracy_of, altered, is_number, state_of, tensor, tensors, training_checks
from network_copies import all_described, made, near, oriented, reject, shape_of, steps, unexplained
from torch import nn

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

# Values the student returns ----------------------------------------------------------------------------------------


def pictures(rng, count, size=(28, 28)):
    """Random images (count, 1, *size)."""
    return tensor(rng.normal(size=(count, 1, *size)))


# The network asked for, with the student's weights -----------------------------------------------------------------

AVERAGES = [f"norm{number}.running_{kind}" for number in (1, 2, 3) for kind in ("mean", "var")]
STAGE, HEAD = "cnpr", "fnrl"  # convolution, norm, pooling, ReLU; first Linear, norm, ReLU, last Linear
STAGE_SLIPS = {
    "cnp": "a ReLU is missing",
    "cpr": "batch norm is missing",
    "cnar": "it pools by the average, not by the maximum",
    "cpnr": "batch norm comes after the pooling",
    "crnp": "the ReLU comes before batch norm",
    "cprn": "batch norm comes last",
    "cnpg": "there is a sigmoid in place of the ReLU",
    "cnpk": "there is a leaky ReLU in place of the ReLU",
}
HEAD_SLIPS = {
    "fnrls": "there is a softmax at the end; logits are asked for",
    "fnrlb": "there is a softmax at the end, and over the images of the batch; logits are asked for",
    "fnrlo": "there is a log_softmax at the end; logits are asked for",
    "fnrlr": "there is a ReLU after the last Linear layer",
    "fnrlg": "there is a sigmoid after the last Linear layer",
    "fnl": "the ReLU is missing",
    "frl": "batch norm is missing",
    "frnl": "the ReLU comes before batch norm",
    "fngl": "there is a sigmoid in place of the ReLU",
    "fnkl": "there is a leaky ReLU in place of the ReLU",
}


class Trusted(nn.Module):
    """CNNClassifier, with its steps in any order, so that a wrong order can be recognised."""

    def __init__(self, classes):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 10, 5), nn.BatchNorm2d(10)
        self.conv2, self.norm2 = nn.Conv2d(10, 20, 5), nn.BatchNorm2d(20)
        self.first, self.norm3, self.last = nn.Linear(320, 50), nn.BatchNorm1d(50), nn.Linear(50, classes)
        self.channels_last = False
        for norm in (self.norm1, self.norm2, self.norm3):  # one that nothing fills must not pass for an identity
            nn.init.constant_(norm.weight, 2.0)
            norm.running_mean.fill_(1.0)

    def features(self, images, one=STAGE, two=STAGE):
        """Images (N, 1, H, W) to maps (N, 20, …), each stage's steps in the order of its letters."""
        maps = steps(one, images, c=self.conv1, n=self.norm1)
        return steps(two, maps, c=self.conv2, n=self.norm2)

    def head(self, maps, order=HEAD):
        """Maps (N, 20, 4, 4) to logits."""
        rows = (maps.permute(0, 2, 3, 1) if self.channels_last else maps).flatten(1)
        return steps(order, rows, f=self.first, n=self.norm3, l=self.last)

    def forward(self, images):
        """Images (N, 1, 28, 28) to logits."""
        return self.head(self.features(images))


@dataclass
class Student:
    """A student's network with random weights, and the trusted one with the same."""

    net: object
    trusted: Trusted
    ran: str
    names: dict = field(default_factory=dict)  # trusted parameter or buffer -> the student's

    def train(self, mode):
        """Put both networks into training or evaluation mode."""
        self.net.train(mode)
        self.trusted.train(mode)


def student(submission, rng, classes):
    """A new CNNClassifier in training mode, filled at random, and its trusted copy.

    Weights are found by the layers that ran, by kind and size; where those are not torch's own layers, by trying the
    network's parameters of each size. Attribute names are never looked at.
    """
    submission.library("torch").manual_seed(1)
    net = made(submission.CNNClassifier(classes), f"CNNClassifier({classes})")
    images = pictures(rng, 6)
    submission.probe("fill", net, images, int(rng.integers(1000)))
    layers = net.structure(images)
    copy = Student(net, Trusted(classes), all_described(layers))
    with torch.no_grad():
        adopted = [adopt(copy, name, module, layers) for name, module in copy.trusted.named_children()]
        if not all(adopted):
            try_by_size(submission, copy, images)
        copy.train(False)
        maps, logits = net.features(images), net(images)
        if shape_of(maps)[1:] == (20, 4, 4):
            head_fits(copy, maps, logits)
    copy.train(True)
    return copy


def adopt(copy, name, module, layers):
    """Fill one trusted layer from the first of the student's that has its kind and size; whether there is one."""
    norm = isinstance(module, nn.modules.batchnorm._BatchNorm)
    for layer in layers:
        weight = oriented(layer.parameters.get("weight"), module.weight.shape)
        if weight is None or norm != ("running_mean" in layer.buffers):
            continue
        put(copy, f"{name}.weight", weight, f"{layer.name}.weight")
        bias = oriented(layer.parameters.get("bias"), module.bias.shape)
        if bias is None:
            nn.init.zeros_(module.bias)  # as good as no bias
        else:
            put(copy, f"{name}.bias", bias, f"{layer.name}.bias")
        if norm:
            adopt_averages(copy, name, module, layer)
        return True
    return False


def adopt_averages(copy, name, module, layer):
    """Running averages and settings of a batch norm."""
    for key in ("running_mean", "running_var"):
        value = oriented(layer.buffers.get(key), module.running_mean.shape)
        if value is not None:
            put(copy, f"{name}.{key}", value, f"{layer.name}.{key}")
    eps, momentum = layer.settings.get("eps"), layer.settings.get("momentum", 0.1)
    if isinstance(eps, float) and 0 < eps <= 0.01:
        module.eps = eps
    if momentum is None or (isinstance(momentum, float) and 0 < momentum < 1):
        module.momentum = momentum
    count = layer.buffers.get("num_batches_tracked")
    module.num_batches_tracked.fill_(int(count) if is_number(count) else 0)


def put(copy, name, value, theirs):
    """Give one trusted parameter or buffer the student's value."""
    copy.trusted.state_dict()[name].copy_(value)
    copy.names[name] = theirs


def try_by_size(submission, copy, images):
    """Fill the trusted network with values of the right sizes, vectors in the order that explains the results.

    Training mode tells which vectors of a stage are γ and β, evaluation mode which one is the mean.
    """
    trusted, net = copy.trusted, copy.net
    for training, kinds in ((True, ("weight", "bias")), (False, ("running_mean", "running_var"))):
        copy.train(training)
        maps, logits = net.features(images), net(images)
        values = submission.probe("values", net)  # after what those passes moved
        expect(isinstance(values, tuple) and len(values) == 2, "The network's state cannot be read.")
        parameters, buffers = tensors(values[0], "the network's parameters"), tensors(values[1], "its buffers")
        for name in ("conv1.weight", "conv2.weight", "first.weight", "last.weight", "last.bias"):
            for theirs, value in candidates(parameters, trusted.get_parameter(name))[:1]:
                put(copy, name, value, theirs)
        pool = parameters if training else buffers
        features_fit = partial(near, maps, partial(trusted.features, images))
        try_pairs(copy, ("norm1", "norm2"), kinds, pool, parameters, features_fit)
        if shape_of(maps)[1:] == (20, 4, 4):
            try_pairs(copy, ("norm3",), kinds, pool, parameters, partial(head_fits, copy, maps, logits))
    for name in [name for name in AVERAGES if name in copy.names]:
        value = oriented(buffers.get(copy.names[name]), trusted.get_buffer(name).shape)
        if value is not None:
            put(copy, name, value, copy.names[name])


def try_pairs(copy, norms, kinds, pool, parameters, fits):
    """Give these norms every pair of vectors of their size until one fits; leave them as they were when none does."""
    state, names = {name: value.clone() for name, value in copy.trusted.state_dict().items()}, dict(copy.names)
    sizes = [getattr(copy.trusted, norm).bias for norm in norms]
    options = [itertools.permutations(candidates(pool, size), 2) for size in sizes]
    # A thousand are enough for any such network, and bound a strange one.
    for pairs in itertools.islice(itertools.product(*options), 1000):
        for norm, pair in zip(norms, pairs, strict=True):
            for kind, (theirs, value) in zip(kinds, pair, strict=True):
                put(copy, f"{norm}.{kind}", value, theirs)
        fill_biases(copy, parameters)
        if fits():
            return
    copy.trusted.load_state_dict(state)
    copy.names = names


def fill_biases(copy, parameters):
    """What no batch norm took is the bias of the layer before it, or there is none."""
    for name, norm in (("conv1", "norm1"), ("conv2", "norm2"), ("first", "norm3")):
        bias = copy.trusted.get_parameter(f"{name}.bias")
        taken = {copy.names.get(f"{norm}.weight"), copy.names.get(f"{norm}.bias")}
        nn.init.zeros_(bias)
        copy.names.pop(f"{name}.bias", None)
        for theirs, value in [pair for pair in candidates(parameters, bias) if pair[0] not in taken][:1]:
            put(copy, f"{name}.bias", value, theirs)


def candidates(pool, like):
    """(name, value) of everything that has this size."""
    found = ((name, oriented(value, like.shape)) for name, value in pool.items())
    return [(name, value) for name, value in found if value is not None]


def head_fits(copy, maps, logits):
    """Whether the head explains the logits, with rows channel after channel or place after place: both are right."""
    for channels_last in (True, False):
        copy.trusted.channels_last = channels_last
        if near(logits, copy.trusted.head(maps)):
            return True
    return False


# CNNClassifier -----------------------------------------------------------------------------------------------------


def expect_features(copy, images, training, what):
    """The student's features are the trusted ones; if not, the first slip that explains them is named."""
    copy.train(training)
    got = copy.net.features(images)
    with torch.no_grad():
        expected = copy.trusted.features(images)
        expect_shape(got, tuple(expected.shape), what=what)
        expect_dtype(got, "float", what=what)
        if near(got, expected):
            return
        stages = [(STAGE, STAGE), *itertools.product((STAGE, *STAGE_SLIPS), repeat=2)]
        options = [(pair, partial(copy.trusted.features, images, *pair)) for pair in stages]
        pair, mode = explanation(copy, got, options, training)
    if pair is not None:
        places = {"the first stage": pair[0], "the second stage": pair[1]}
        if pair[0] == pair[1]:
            places = {"both stages": pair[0]}
        said = [f"in {place} {STAGE_SLIPS[order]}" for place, order in places.items() if order != STAGE]
        reject(f"{what} is not right: {' and '.join(said + mode)}.")
    expect_repeatable(got, copy.net.features(images), training, what)
    unexplained(got, expected, what, copy.ran)


def expect_head(copy, images, training, what):
    """The student's logits are the trusted head of the student's own features, whatever those are."""
    copy.train(training)
    maps, got = copy.net.features(images), copy.net(images)
    expect_shape(got, (len(images), copy.trusted.last.out_features), what=what)
    expect_dtype(got, "float", what=what)
    expect_shape(maps, (len(images), 20, 4, 4), what="the features of 28×28 images")
    with torch.no_grad():
        expected = copy.trusted.head(maps)
        if near(got, expected):
            return
        options = [(order, partial(copy.trusted.head, maps, order)) for order in (HEAD, *HEAD_SLIPS)]
        order, mode = explanation(copy, got, options, training)
    if order is not None:
        said = [HEAD_SLIPS[order]] if order != HEAD else []
        reject(f"{what} is not right: behind the features {' and '.join(said + mode)}.")
    expect_repeatable(got, copy.net(images), training, what)
    unexplained(got, expected, what, copy.ran)


def explanation(copy, got, options, training):
    """The first option that gives what the student's network gave, in this mode or the other one, or None."""
    words = (
        "batch norm uses its running averages in training mode",
        "batch norm uses the batch in evaluation mode, not its running averages",
    )
    try:
        for mode in (training, not training) if len(got) > 1 else (training,):  # a batch of one has no spread
            copy.trusted.train(mode)
            for order, run in options:
                if near(got, run):
                    return order, [words[mode]] * (mode != training)
    finally:
        copy.trusted.train(training)
    return None, []


def expect_repeatable(first, second, training, what):
    """The same images in the same mode give the same result twice."""
    same = isinstance(second, torch.Tensor) and near(second, first)
    mode = "training" if training else "evaluation"
    expect(same, f"{what} differs from run to run in {mode} mode. Is there a dropout? None is asked for.")


@question("architecture", weight=1.5, hint="Conv 5×5, BatchNorm2d, MaxPool2d(2), ReLU, twice, and no padding.")
def test_features_in_evaluation_mode(submission, rng):
    """In evaluation mode the features are convolution, batch norm, max pooling and ReLU, twice, of any image size."""
    copy = student(submission, rng, 7)
    for count, size in ((3, (28, 28)), (2, (20, 25)), (1, (28, 28))):
        what = f"The result of `.features` for {count} image{'s' * (count > 1)} of {size[0]}×{size[1]}"
        expect_features(copy, pictures(rng, count, size), False, what)


@question(
    "architecture", hint="nn.BatchNorm2d(10) right after the first convolution, nn.BatchNorm2d(20) after the second."
)
def test_features_in_training_mode(submission, rng):
    """In training mode the features are normalised by the mean and variance of each channel of the batch."""
    copy = student(submission, rng, 7)
    for count, size in ((4, (28, 28)), (3, (30, 20))):
        what = f"The result of `.features` for {count} images of {size[0]}×{size[1]} in training mode"
        expect_features(copy, pictures(rng, count, size), True, what)


@question(
    "architecture", hint="flatten(1), Linear(320, 50), BatchNorm1d(50), ReLU, Linear(50, num_classes), and no more."
)
def test_head_in_evaluation_mode(submission, rng):
    """In evaluation mode the logits are Linear, batch norm, ReLU, Linear of the flattened features."""
    for classes in (7, 13):
        copy = student(submission, rng, classes)
        for count in (5, 1):
            what = f"CNNClassifier({classes})'s result for {count} image{'s' * (count > 1)}"
            expect_head(copy, pictures(rng, count), False, what)


@question("architecture", weight=0.5, hint="nn.BatchNorm1d(50) between Linear(320, 50) and ReLU.")
def test_head_in_training_mode(submission, rng):
    """In training mode the logits are those of the head with batch norm by the batch."""
    copy = student(submission, rng, 7)
    expect_head(copy, pictures(rng, 12), True, "CNNClassifier(7)'s result for 12 images in training mode")


@question("architecture", weight=0.5, hint="In evaluation mode no layer may mix images: flatten(1), softmax nowhere.")
def test_images_do_not_mix(submission, rng):
    """In evaluation mode an image gets the same logits alone and beside others."""
    copy = student(submission, rng, 7)
    copy.train(False)
    images = pictures(rng, 5)
    together = copy.net(images)
    expect_shape(together, (5, 7), what="CNNClassifier(7)'s result for 5 images")
    for row in range(5):
        alone = copy.net(images[row : row + 1])
        expect_shape(alone, (1, 7), what="CNNClassifier(7)'s result for 1 image")
        expect(
            near(alone[0], together[row]),
            f"Image {row} of 5 gets other logits alone than beside the others, in evaluation mode: somewhere images "
            "are mixed, by a view that cuts across them or by the statistics of the batch.",
        )


@question("architecture", hint="No detach, no torch.no_grad(), no .data in forward.")
def test_gradients(submission, rng):
    """Backward gives every parameter, and the images, the gradients of the trusted network with the same weights."""
    copy = student(submission, rng, 7)
    images = without_near_ties(copy.trusted, rng, 8)
    upstream = tensor(rng.normal(size=(8, 7)))
    result = copy.net(images)
    expect_shape(result, (8, 7), what="CNNClassifier(7)'s result for 8 images")
    leaf = images.clone().requires_grad_()
    expected = copy.trusted(leaf)
    expect(
        near(result, expected.detach()),
        "Gradients are compared once the network's results in training mode are right. They are not: see the checks of "
        "the features and of the head.",
    )
    expected.backward(upstream)
    found = copy.net.gradients(images, upstream=upstream)
    for name, parameter in copy.trusted.named_parameters():
        theirs = copy.names.get(name)
        if theirs is None:
            continue
        grad = oriented(found.parameters.get(theirs), parameter.shape)
        expect(grad is not None, f"No gradient reaches {theirs[:60]}: it cannot learn. Is something detached?")
        what = f"the gradient of {theirs[:60]} (in training mode)"
        expect_close(grad, parameter.grad, rtol=1e-3, atol=1e-4, what=what)
    expect(found.inputs[0] is not None, "No gradient reaches the images. Is something detached?")
    expect_close(found.inputs[0], leaf.grad, rtol=1e-3, atol=1e-5, what="the gradient of the images")


def without_near_ties(trusted, rng, count):
    """Images on which no rounding can turn another pixel into a maximum or switch a ReLU."""
    for _ in range(50):
        images = pictures(rng, count)
        with torch.no_grad():
            distances = []
            maps = images
            for order, conv, norm in (("cn", trusted.conv1, trusted.norm1), ("cn", trusted.conv2, trusted.norm2)):
                full = steps(order, maps, c=conv, n=norm)
                best = full.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2).topk(2).values
                maps = best[..., 0].relu()
                distances += [(best[..., 0] - best[..., 1]).min(), best[..., 0].abs().min()]
            distances.append(steps("fn", maps.flatten(1), f=trusted.first, n=trusted.norm3).abs().min())
        if min(distances) > 1e-5:
            break
    return images


@question("architecture", weight=0.5, hint="Convolutions and poolings only: the same filter at every place.")
def test_features_move_with_the_image(submission, rng):
    """An image moved by 4 pixels has its features moved by 1 place: two poolings make 4 pixels one place."""
    copy = student(submission, rng, 7)
    copy.train(False)
    scene = pictures(rng, 2, (32, 32))
    here, there = copy.net.features(scene[..., :28, :28]), copy.net.features(scene[..., 4:, 4:])
    expect_shape(here, (2, 20, 4, 4), what="the features of 2 images")
    expect_shape(there, (2, 20, 4, 4), what="the features of 2 images")
    moved = near(there[..., :3, :3], here[..., 1:, 1:])
    expect(moved, "The features of an image moved by 4 pixels are not the same features one place further.")


@question(
    "architecture",
    weight=0.5,
    hint="In training mode nn.BatchNorm2d keeps running averages by itself; its settings are torch's.",
)
def test_running_averages(submission, rng):
    """A pass in training mode moves the running averages of all three batch norms towards the batch."""
    copy = student(submission, rng, 7)
    images = pictures(rng, 9)
    copy.train(True)
    copy.net(images)
    with torch.no_grad():
        copy.trusted(images)
    after = tensors(submission.probe("state", copy.net), "the network's state_dict()")
    missing = [name for name in AVERAGES if name not in copy.names]
    expect(not missing, f"There should be three batch norms with running averages. The layers that ran: {copy.ran}.")
    for name in AVERAGES:
        theirs, value = copy.names[name], copy.trusted.get_buffer(name)
        actual = oriented(after.get(theirs), value.shape)
        expect(actual is not None, f"{theirs[:60]} is gone after a pass in training mode.")
        expect_close(actual, value, rtol=1e-3, what=f"{theirs[:60]} after one pass in training mode")


@question(
    "architecture", weight=0.5, hint="The last Linear layer has num_classes outputs; count what is there too often."
)
def test_number_of_weights(submission, rng):
    """The network has 21,490 + 51·K parameters for K classes, and every one of them can be trained."""
    library = submission.library("torch.nn.utils")
    for classes in (3, int(rng.integers(11, 40))):
        net = made(submission.CNNClassifier(classes), f"CNNClassifier({classes})")
        expect_shape(net(pictures(rng, 2)), (2, classes), what=f"CNNClassifier({classes})'s result for 2 images")
        weights = library.parameters_to_vector(net.parameters())
        expect_type(weights, torch.Tensor, what="all parameters in one vector")
        count, asked = weights.numel(), 21_490 + 51 * classes
        expect(
            count == asked, f"CNNClassifier({classes}) has {count:,} parameters; with all its layers it has {asked:,}."
        )
        expect(all(submission.probe("trainable", net)), "Some parameters of the network are frozen.")


# count_parameters --------------------------------------------------------------------------------------------------


def expect_count(actual, expected, what):
    """A number of any kind that equals `expected`."""
    expect(is_number(actual), f"{what} should be a number; it is a {type(actual).__name__}.")
    expect(float(actual) == expected, f"{what} should be {expected:,}; it is {float(actual):,.10g}.")


@question("parameters", hint="module.parameters() reaches parameters at every depth, and those of the module itself.")
def test_counts_at_every_depth(submission, rng):
    """Parameters of layers in layers count, also those that belong to the module itself; buffers do not."""
    outer, inner = (int(value) for value in rng.integers(3, 30, size=2))
    net = submission.probe("own", outer, inner)
    expected = 3 * outer + 1 + outer * inner + inner + 2 * inner
    expect_count(submission.count_parameters(net), expected, "the count of a module with layers in layers")
    expect_count(submission.count_parameters(submission.library("torch.nn").ReLU()), 0, "the count of nn.ReLU()")


@question("parameters", hint="Leave out parameters whose requires_grad is False.")
def test_frozen_parameters_do_not_count(submission, rng):
    """Frozen parameters do not count, a single frozen tensor neither."""
    first, second = (int(value) for value in rng.integers(3, 30, size=2))
    net = submission.probe("partly_frozen", first, second)
    what = "the count of a network with a frozen convolution and a frozen bias"
    expect_count(submission.count_parameters(net), 2 * first + first * second, what)


@question("parameters", weight=0.5, hint="module.parameters() gives each parameter once.")
def test_shared_parameters_count_once(submission, rng):
    """A weight that two layers share counts once."""
    width = int(rng.integers(3, 30))
    net = submission.probe("shared", width)
    what = "the count of a network in which two layers share a weight"
    expect_count(submission.count_parameters(net), width * width + 4 * width, what)


# feature_shapes ----------------------------------------------------------------------------------------------------


def shapes_of(submission, net, images):
    """The student's list of shapes as tuples."""
    shapes = submission.feature_shapes(net, images)
    expect_type(shapes, (list, tuple), what="feature_shapes' result")
    for shape in shapes:
        expect_type(shape, (tuple, list), what="each shape in feature_shapes' result")
        expect(all(is_number(size) for size in shape), "The shapes in feature_shapes' result should hold numbers.")
    return [tuple(int(size) for size in shape) for shape in shapes]


def winding_shapes(count, height, width, channels, classes):
    """What feature_shapes should give for the probe `winding`: first, shrink, mix, shrink, last."""
    sizes = [(height - 2, width - 2), ((height - 2) // 2, (width - 2) // 2)]
    sizes += [sizes[1], (sizes[1][0] // 2, sizes[1][1] // 2)]
    return [*((count, channels, *size) for size in sizes), (count, classes)]


@question("shapes", weight=2, hint="A hook on every child of module.children(), and module(images) once.")
def test_shapes_in_running_order(submission, rng):
    """Children are listed in the order they run: one that runs twice is there twice, one that never runs is not."""
    for count in (3, 1):
        channels, classes = (int(value) for value in rng.choice(np.arange(3, 12), size=2, replace=False))
        height, width = (int(value) for value in rng.choice(np.arange(12, 24), size=2, replace=False))
        net = submission.probe("winding", channels, classes)
        net.train(count > 1)
        shapes = shapes_of(submission, net, pictures(rng, count, (height, width)))
        expected = winding_shapes(count, height, width, channels, classes)
        lengths = f"feature_shapes lists {len(shapes)} shapes; children ran 5 times (one of them twice)."
        expect(len(shapes) == 5, f"{lengths} It gave {shapes}."[:600])
        for number, (mine, right) in enumerate(zip(shapes, expected, strict=True)):
            expect(mine == right, f"Shape {number} in feature_shapes' result should be {right}; it is {mine}.")


@question("shapes", weight=0.5, hint="handle.remove() for every handle, also after the pass.")
def test_hooks_are_removed(submission, rng):
    """Afterwards no hook is left, and a second call gives the same list."""
    net = submission.probe("winding", 4, 3)
    images = pictures(rng, 2, (12, 14))
    first = shapes_of(submission, net, images)
    left = submission.probe("hooks", net)
    expect_equal(left, 0, what="the number of hooks left in the module")
    expect_equal(shapes_of(submission, net, images), first, what="feature_shapes' result of a second call")
    expect(len(first) > 0, "feature_shapes' result is empty.")


@question(
    "shapes", weight=0.5, hint="Keep module.training, then module.eval(), the pass, and module.train(what you kept)."
)
def test_looking_changes_nothing(submission, rng):
    """The module's mode and its running averages are those it had before."""
    for mode in (True, False):
        net = submission.probe("winding", 4, 3)
        net.train(mode)
        before = tensors(submission.probe("state", net), "the module's state")
        shapes_of(submission, net, pictures(rng, 3, (12, 14)))
        words = ("training", "evaluation") if mode else ("evaluation", "training")
        modes = submission.probe("modes", net)
        expect_type(modes, list, what="the modes of the module")
        expect(all(found is mode for found in modes), f"A module in {words[0]} mode is left in {words[1]} mode.")
        after = tensors(submission.probe("state", net), "the module's state")
        for name, value in before.items():
            said = "batch norm's running averages move" if "running" in name or "num_" in name else "its weights change"
            same = name in after and torch.equal(after[name], value)
            expect(same, f"Looking changes the module: {said} ({name}). Run it in evaluation mode.")


# weight_init -------------------------------------------------------------------------------------------------------


def started(submission, net):
    """The state of a network whose every parameter was 3 before `net.apply(weight_init)`."""
    submission.probe("marked", net)
    before = tensors(submission.probe("state", net), "the network's state")
    net.apply(submission.weight_init)
    flags = submission.probe("trainable", net)
    expect(all(flags), "After weight_init some parameters are no longer trainable: change them in place.")
    return state_of(submission, net, before)


def expect_normal(values, mean, what):
    """Mean, standard deviation and shape of draws from N(mean, 0.02); false alarms are rarer than one in 10 million."""
    values = values.double().flatten()
    error = 6 / len(values) ** 0.5
    expect(bool((values != 3).any()), f"weight_init leaves {what} as they were.")
    found, spread = values.mean().item(), values.std().item()
    expect(abs(found - mean) < 0.02 * error, f"The mean of {what} should be {mean:g}; it is {found:.4g}.")
    fine = abs(spread / 0.02 - 1) < error
    expect(fine, f"The standard deviation of {what} should be 0.02; it is {spread:.4g}.")
    inside = ((values - mean).abs() < 0.02).double().mean().item()
    expect(
        abs(inside - 0.6827) < error / 2,
        f"The spread of {what} is right, but they are not drawn from a normal distribution.",
    )


def expect_all(values, number, message):
    """Every entry is this number."""
    expect(bool((values == number).all()), message)


@question(
    "train", weight=0.75, hint="nn.init.normal_(module.weight, 0.0, 0.02) for Conv2d and Linear; Linear's bias 0."
)
def test_start_of_convolutions_and_linear_layers(submission, rng):
    """Weights of Conv2d and Linear are drawn from N(0, 0.02), Linear's bias is 0, and Conv2d's is left alone."""
    submission.library("torch").manual_seed(int(rng.integers(1000)))
    library = submission.library("torch.nn")
    inner = library.Sequential(library.Linear(150, 200), library.ReLU(), library.Linear(200, 150))
    others = {
        "LayerNorm": library.LayerNorm(50),
        "GroupNorm": library.GroupNorm(2, 6),
        "Embedding": library.Embedding(5, 4),
    }
    state = started(submission, library.Sequential(library.Conv2d(30, 60, (5, 3)), inner, *others.values()))
    expect_normal(state["0.weight"], 0.0, "the weights of Conv2d")
    expect_normal(state["1.0.weight"], 0.0, "the weights of Linear")
    expect_normal(state["1.2.weight"], 0.0, "the weights of a second Linear")
    repeated = torch.equal(state["1.0.weight"].flatten(), state["1.2.weight"].flatten())
    expect(not repeated, "Two layers get the same weights: do not set a seed in weight_init.")
    expect_all(state["0.bias"], 3, "weight_init should leave the bias of Conv2d alone.")
    expect_all(state["1.0.bias"], 0, "weight_init should set the bias of Linear to 0.")
    for place, kind in enumerate(others, 2):
        for name in (name for name in state if name.startswith(f"{place}.")):
            expect_all(state[name], 3, f"weight_init should leave layers of other kinds alone; it changes {kind}.")


@question("train", weight=0.75, hint="BatchNorm1d and BatchNorm2d are two classes; the mean of their weights is 1.")
def test_start_of_batch_norms(submission, rng):
    """Weights of BatchNorm1d and BatchNorm2d are drawn from N(1, 0.02), their biases are 0; all stay trainable."""
    submission.library("torch").manual_seed(int(rng.integers(1000)))
    library = submission.library("torch.nn")
    net = library.Sequential(library.BatchNorm2d(9000), library.Sequential(library.BatchNorm1d(8000)))
    state = started(submission, net)
    for name, kind in (("0", "BatchNorm2d"), ("1.0", "BatchNorm1d")):
        expect_normal(state[f"{name}.weight"], 1.0, f"the weights of {kind}")
        expect_all(state[f"{name}.bias"], 0, f"weight_init should set the bias of {kind} to 0.")
        expect_all(state[f"{name}.running_mean"], 3, f"weight_init should leave the running averages of {kind} alone.")


# train and predict -------------------------------------------------------------------------------------------------

globals().update(training_checks("train", weight=7))


# accuracy ----------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    weight=2,
    trains=True,
    seconds=1.3,
    hint="Three epochs of a correct train on a correct CNNClassifier are enough.",
)
def test_accuracy_on_altered_images(submission, data, threshold, reach, rng, device):
    """CNNClassifier(10) is accurate enough also on test images in a new order, each a little altered."""
    images, labels = altered(data, rng)

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.CNNClassifier(10)
        submission.train(net, data.train_images, data.train_labels, epochs=3, seed=start, device=device)
        return accuracy_of(submission, net, images, labels, device)

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
