"""Checks of inception the student never has: networks compared with a copy of their own weights, and trainings."""

from functools import partial

import torch
from image_training import accuracy_of, altered, tensor, training_checks
from inception_networks import InceptionNet, inception_a, inception_block
from network_copies import copy_of, expect_copy, expect_gradients, expect_parameters, made, near, reject, steady
from torch import nn

from autograder.grading import expect, expect_dtype, expect_equal, expect_shape, question

# Values the student returns ----------------------------------------------------------------------------------------


def maps_like(rng, *shape):
    """Random maps of this shape."""
    return tensor(rng.normal(size=shape))


# Branches ----------------------------------------------------------------------------------------------------------

LABELS = {"one": "1×1", "five": "5×5", "three": "3×3", "pool": "pooling"}
POOL_SLIPS = {
    "m": "it takes the maximum, not the average",
    "p": "it takes the average, not the maximum",
    "u": "its average at the border does not count the padding: divide by 9 everywhere",
}


def slips(name, order):
    """(sentence, steps) of what may be wrong in a branch with the steps `order`."""
    layers = [letter for letter in order if letter in "cde"]
    given = order.count("r")
    for count in range(2 ** len(layers)):
        chosen = "".join(letter + "r" * (count >> at & 1) for at, letter in enumerate(layers))
        said = "a ReLU is missing" if chosen.count("r") < given else "there is a ReLU, and none is asked for"
        yield said, order[: order.index(layers[0])] + chosen
    if name == "pool":
        for letter, said in POOL_SLIPS.items():
            yield said, letter + order[1:]
            yield "the convolution comes before the pooling", order[1:] + letter
            yield f"{said}, and a ReLU is missing", letter + "c"
            yield f"{said}, and there is a ReLU", letter + "cr"
        yield "the pooling is missing", order[1:]
    if "r" in order:
        yield "there is a leaky ReLU in place of the ReLU", order.replace("r", "k")


def expect_branch(copy, name, maps, got, what):
    """One branch's channels in the result are those of the trusted branch; if not, the slip is named."""
    trusted = copy.trusted
    mine, right = got[:, trusted.places[name]], trusted.branch(name, maps)
    if near(mine, right):
        return
    what = f"The {LABELS[name]} branch of {what}"
    for other in trusted.places:
        if other != name and near(mine, trusted.branch(other, maps)):
            reject(f"{what} is not at its place: in its channels are those of the {LABELS[other]} branch.")
    for start in range(got.shape[1] - right.shape[1] + 1):
        if near(got[:, start : start + right.shape[1]], right):
            asked = f"asked are {trusted.places[name].start} to {trusted.places[name].stop - 1}"
            found = f"channels {start} to {start + right.shape[1] - 1}"
            reject(f"{what} is right, but it is in {found}, and {asked}: concatenate in the order given.")
    options = [(said, partial(trusted.branch, name, maps, order)) for said, order in slips(name, trusted.orders[name])]
    expect_copy(copy, mine, right, what, lambda: copy.net(maps)[:, trusted.places[name]], options)


def block(submission, rng, in_channels):
    """InceptionA(in_channels) and its trusted copy."""
    net = made(submission.InceptionA(in_channels), f"InceptionA({in_channels})")
    return copy_of(submission, net, inception_a(in_channels), maps_like(rng, 2, in_channels, 6, 7), rng)


def check_branch(submission, rng, name):
    """One branch of InceptionA, for several numbers of channels, images and places."""
    for in_channels, count, size in ((10, 2, (7, 9)), (3, 1, (12, 8)), (20, 3, (4, 4))):
        copy = block(submission, rng, in_channels)
        copy.net.train(count > 1)  # the mode makes no difference
        maps = maps_like(rng, count, in_channels, *size)
        got = copy.net(maps)
        expect_shape(got, (count, 88, *size), what=f"InceptionA({in_channels})'s result")
        expect_dtype(got, "float", what=f"InceptionA({in_channels})'s result")
        with torch.no_grad():
            expect_branch(copy, name, maps, got, f"InceptionA({in_channels})")


@question("block", weight=0.5, hint="nn.Conv2d(in_channels, 16, 1), and nothing else.")
def test_branch_of_1x1(submission, rng):
    """Channels 0 to 15 are the 1×1 convolution of the maps."""
    check_branch(submission, rng, "one")


@question("block", weight=0.75, hint="1×1 to 16 channels, then 5×5 with padding 2 to 24, and no ReLU.")
def test_branch_of_5x5(submission, rng):
    """Channels 16 to 39 are a 1×1 and a 5×5 convolution of the maps."""
    check_branch(submission, rng, "five")


@question("block", weight=0.75, hint="1×1 to 16 channels, then two 3×3 with padding 1 to 24, and no ReLU.")
def test_branch_of_3x3(submission, rng):
    """Channels 40 to 63 are a 1×1 and two 3×3 convolutions of the maps."""
    check_branch(submission, rng, "three")


@question("block", weight=0.75, hint="Average first, 1×1 to 24 channels after it; no count_include_pad=False.")
def test_branch_with_pooling(submission, rng):
    """Channels 64 to 87 are the 3×3 average, zeros outside counted, and then a 1×1 convolution."""
    check_branch(submission, rng, "pool")


@question("block", weight=0.75, hint="Every branch reads x itself; no detach, no torch.no_grad(), no .data in forward.")
def test_gradients_of_the_block(submission, rng):
    """Backward through the block gives the maps and every weight the gradients of the trusted block."""
    copy = block(submission, rng, 6)
    expect_gradients(copy, maps_like(rng, 2, 6, 8, 5), maps_like(rng, 2, 88, 8, 5), "maps that enter")
    expect_parameters(submission, copy, "InceptionA(6)")


# InceptionNet ------------------------------------------------------------------------------------------------------

NET_SLIPS = {
    "log_softmax is missing at the end": "cprIdprJf",
    "there is a softmax in place of log_softmax: the logarithm is missing": "cprIdprJfs",
    "log_softmax runs over the images of the batch, not over the classes: dim=1": "cprIdprJfz",
    "the softmax runs over the images of the batch, and its logarithm is missing": "cprIdprJfb",
    "there is a ReLU before log_softmax": "cprIdprJfro",
    "a ReLU is missing after the first convolution": "cpIdprJfo",
    "a ReLU is missing after the second convolution": "cprIdpJfo",
    "both ReLUs are missing": "cpIdpJfo",
    "it pools by the average, not by the maximum": "carIdarJfo",
    "the first pooling takes averages, not maxima": "carIdprJfo",
    "the second pooling takes averages, not maxima": "cprIdarJfo",
    "there is a ReLU after the blocks; none is asked for": "cprIrdprJrfo",
    "there is a ReLU after the first block; none is asked for": "cprIrdprJfo",
    "there is a ReLU after the second block; none is asked for": "cprIdprJrfo",
}


def stands_in(in_channels):
    """What stands in for the student's InceptionA when that is wrong: see probes.py."""
    return nn.Conv2d(in_channels, 88, 3, padding=1)


def inception_net(submission, rng, classes):
    """InceptionNet(classes) and its trusted copy, with our block in it where that stands in for the student's."""
    net = made(submission.InceptionNet(classes), f"InceptionNet({classes})")
    images = maps_like(rng, 1, 1, 28, 28)
    net(images)  # lazy layers find their sizes
    weights = submission.probe("parameter_values", net)
    ours = isinstance(weights, dict) and any(getattr(v, "shape", ()) == (88, 10, 3, 3) for v in weights.values())
    trusted = InceptionNet(classes, stands_in if ours else inception_a)
    return copy_of(submission, net, trusted, images, rng)


@question("network", weight=2, given=("InceptionA",), hint="The stages in the order of the table, and no others.")
def test_network_with_its_weights(submission, rng):
    """The result is that of a trusted network with the same weights."""
    for classes, counts in ((7, (4, 1)), (13, (3,))):
        copy = inception_net(submission, rng, classes)
        for count in counts:
            copy.net.train(count != 3)  # the mode makes no difference
            images = maps_like(rng, count, 1, 28, 28) * (1 if count > 1 else 10)  # large: no ceiling, as of ReLU6
            what = f"InceptionNet({classes})'s result for {count} image{'s' * (count > 1)}"
            got = copy.net(images)
            expect_shape(got, (count, classes), what=what)
            expect_dtype(got, "float", what=what)
            with torch.no_grad():
                options = [(said, partial(copy.trusted.steps, images, order)) for said, order in NET_SLIPS.items()]
                expect_copy(copy, got, copy.trusted(images), what, partial(copy.net, images), options)


@question("network", weight=0.5, given=("InceptionA",), hint="x.flatten(1), or x.view(x.size(0), -1): axis 0 stays.")
def test_images_do_not_mix(submission, rng):
    """An image gets the same log-probabilities alone and beside others."""
    net = made(submission.InceptionNet(7), "InceptionNet(7)")
    images = maps_like(rng, 5, 1, 28, 28)
    submission.probe("drawn", net, images, int(rng.integers(1000)))
    together = net(images)
    expect_shape(together, (5, 7), what="InceptionNet(7)'s result for 5 images")
    for row in range(5):
        alone = net(images[row : row + 1])
        expect_shape(alone, (1, 7), what="InceptionNet(7)'s result for 1 image")
        expect(
            near(alone[0], together[row]),
            f"Image {row} of 5 gets another result alone than beside the others: somewhere images are mixed, by a view "
            "that cuts across them or by a softmax over the batch.",
        )


@question("network", given=("InceptionA",), hint="No detach, no torch.no_grad(), no requires_grad=False.")
def test_gradients_of_the_network(submission, rng):
    """Backward gives every weight, and the images, the gradients of the trusted network."""
    copy = inception_net(submission, rng, 7)
    upstream = maps_like(rng, 3, 7)
    images = steady(copy.trusted, partial(maps_like, rng, 3, 1, 28, 28), upstream)
    expect_gradients(copy, images, upstream)
    expect_parameters(submission, copy, "InceptionNet(7)")


# InceptionBlock ----------------------------------------------------------------------------------------------------

SIZES = ((6, 2, 3, 5, 4, 7, 8), (9, 12, 5, 8, 3, 6, 4))


def googlenet_block(submission, rng, sizes):
    """InceptionBlock of these sizes, its trusted copy, and what messages call it."""
    what = f"InceptionBlock({', '.join(map(str, sizes))})"
    net = made(submission.InceptionBlock(*sizes), what)
    return copy_of(submission, net, inception_block(*sizes), maps_like(rng, 2, sizes[0], 6, 7), rng), what


@question("googlenet_block", weight=1.5, hint="The branches of the table, each with a ReLU after every convolution.")
def test_branches_of_googlenets_block(submission, rng):
    """Each of the four branches is that of a trusted block with the same weights, at its place."""
    for sizes, count, size in zip(SIZES, (2, 1), ((7, 5), (4, 9)), strict=True):
        copy, what = googlenet_block(submission, rng, sizes)
        maps = 4 * maps_like(rng, count, sizes[0], *size)  # beyond the 6 at which a ReLU6 cuts
        got = copy.net(maps)
        expect_shape(got, (count, sizes[1] + sizes[3] + sizes[5] + sizes[6], *size), what=f"{what}'s result")
        with torch.no_grad():
            for name in copy.trusted.places:
                expect_branch(copy, name, maps, got, what)


@question("googlenet_block", weight=0.5, hint="No detach, no torch.no_grad(), no in-place change of x.")
def test_gradients_of_googlenets_block(submission, rng):
    """Backward through the block gives the maps and every weight the gradients of the trusted block."""
    copy, what = googlenet_block(submission, rng, SIZES[0])
    upstream = maps_like(rng, 2, 22, 6, 5)
    maps = steady(copy.trusted, partial(maps_like, rng, 2, 6, 6, 5), upstream)
    expect_gradients(copy, maps, upstream, "maps that enter")
    expect_parameters(submission, copy, what)


# conv_cost and block_cost ------------------------------------------------------------------------------------------


def conv(c, o, k, h, w):
    """The right costs of one convolution."""
    return {"params": c * o * k * k, "macs": c * o * k * k * h * w}


COST_SLIPS = {
    "the biases are counted; they are left out": lambda c, o, k, h, w: (c * o * k * k + o, (c * o * k * k + o) * h * w),
    "params has the biases in it; they are left out": lambda c, o, k, h, w: (c * o * k * k + o, c * o * k * k * h * w),
    "kernel is not squared": lambda c, o, k, h, w: (c * o * k, c * o * k * h * w),
    "kernel is not squared in macs": lambda c, o, k, h, w: (c * o * k * k, c * o * k * h * w),
    "it counts multiplications and additions apart: a mac is both": lambda c, o, k, h, w: (
        c * o * k * k,
        2 * c * o * k * k * h * w,
    ),
    "height is used twice and width is not": lambda c, o, k, h, w: (c * o * k * k, c * o * k * k * h * h),
    "width is used twice and height is not": lambda c, o, k, h, w: (c * o * k * k, c * o * k * k * w * w),
    "macs leaves out the places": lambda c, o, k, h, w: (c * o * k * k, c * o * k * k),
    "macs leaves out the input's channels": lambda c, o, k, h, w: (c * o * k * k, o * k * k * h * w),
    "macs leaves out the kernel": lambda c, o, k, h, w: (c * o * k * k, c * o * h * w),
    "the output is smaller than the input: with same padding it is not": lambda c, o, k, h, w: (
        c * o * k * k,
        c * o * k * k * (h - k + 1) * (w - k + 1),
    ),
    "params counts the weights of every place: they are shared": lambda c, o, k, h, w: (c * o * k * k * h * w,) * 2,
}


def six_layers(c_in, c1, r3, c3, r5, c5, projected):
    """(in, out, kernel) of the six convolutions of InceptionBlock."""
    return [(c_in, c1, 1), (c_in, r3, 1), (r3, c3, 3), (c_in, r5, 1), (r5, c5, 5), (c_in, projected, 1)]


LAYERS = ("1×1", "3×3 reduction", "3×3", "5×5 reduction", "5×5", "projection")


def block_slips(sizes, h, w):
    """(sentence, (params, macs)) of what may be wrong in block_cost."""
    layers = six_layers(*sizes)
    c_in = sizes[0]

    def total(chosen):
        costs = [conv(*layer, h, w) for layer in chosen]
        return sum(cost["params"] for cost in costs), sum(cost["macs"] for cost in costs)

    for number, name in enumerate(LAYERS):
        yield f"the convolution called {name} is missing", total(layers[:number] + layers[number + 1 :])
    direct = [(c_in if kernel > 1 else c, out, kernel) for c, out, kernel in layers]
    yield "3×3 and 5×5 start from all channels, not from the reduced ones", total(direct)
    yield "there are no reductions, 3×3 and 5×5 start from all channels", total([direct[n] for n in (0, 2, 4, 5)])
    yield "3×3 and 5×5 have changed places", total([(c, out, {3: 5, 5: 3}.get(k, k)) for c, out, k in layers])
    biases = sum(out for _, out, _ in layers)
    params, macs = total(layers)
    yield "params has the biases in it; they are left out", (params + biases, macs)
    yield "the biases are counted; they are left out", (params + biases, macs + biases * h * w)


def expect_cost(cost, expected, what, options):
    """Exactly these integers under these keys; if not, the slip is named."""
    for sentence, (params, macs) in options:
        if isinstance(cost, dict) and cost == {"params": params, "macs": macs} and cost != expected:
            reject(f"{what} is not right: {sentence}.")
    expect_equal(cost, expected, what=what)


def whole(rng, low, high, count):
    """`count` different whole numbers."""
    return [int(n) for n in rng.choice(range(low, high), size=count, replace=False)]


@question("cost", hint="in · out · kernel · kernel weights, each used height · width times; ints, no biases.")
def test_costs_of_convolutions(submission, rng):
    """conv_cost counts weights and macs exactly, for kernels of 1, 3, 5 and 7 and places that are not square."""
    for kernel in (1, 3, 5, 7):
        c, o, h, w = whole(rng, 9, 300, 4)
        cost = submission.conv_cost(c, o, kernel, h, w)
        options = [(said, count(c, o, kernel, h, w)) for said, count in COST_SLIPS.items()]
        expect_cost(cost, conv(c, o, kernel, h, w), f"conv_cost({c}, {o}, {kernel}, {h}, {w})", options)


@question("cost", given=("conv_cost",), hint="Two of the six convolutions start from r3 and r5 channels.")
def test_costs_of_blocks(submission, rng):
    """block_cost is the sum of its six convolutions, exactly, for any sizes and places that are not square."""
    for _ in range(4):
        sizes, (h, w) = whole(rng, 9, 400, 7), whole(rng, 7, 60, 2)
        cost = submission.block_cost(*sizes, h, w)
        costs = [conv(*layer, h, w) for layer in six_layers(*sizes)]
        expected = {key: sum(each[key] for each in costs) for key in ("params", "macs")}
        what = f"block_cost({', '.join(map(str, sizes))}, {h}, {w})"
        expect_cost(cost, expected, what, block_slips(sizes, h, w))


# train and predict -------------------------------------------------------------------------------------------------

globals().update(training_checks("accuracy", weight=5, log_probabilities=True))


# accuracy ----------------------------------------------------------------------------------------------------------


@question(
    "accuracy",
    weight=2.5,
    trains=True,
    seconds=5.6,
    hint="A correct train on a correct InceptionNet is enough, in 8 epochs of the bundled digits or 9 of MNIST.",
)
def test_accuracy_on_altered_images(submission, data, threshold, reach, rng, device):
    """InceptionNet(10) is accurate enough also on test images in a new order, each a little altered."""
    images, labels = altered(data, rng)
    epochs = {"bundled": 8, "mnist": 9}[data.name]

    def measure(start):
        submission.library("torch").manual_seed(start)
        net = submission.InceptionNet(10)
        submission.train(net, data.train_images, data.train_labels, epochs=epochs, seed=start, device=device)
        return accuracy_of(submission, net, images, labels, device)

    reach(measure, at_least=threshold["accuracy"], what="of the test images right")
