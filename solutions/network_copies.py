"""A student's network beside a trusted one with the same weights, whatever its attributes are called.

    copy = copy_of(submission, submission.InceptionA(10), inception_a(10), images, rng)

Weights are found by shape and running order; where that does not explain what the network gives, as when branches run
in another order or weights are plain parameters, by changing one weight at a time and looking at what changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_type

MOST_OF_A_SHAPE = 40  # 8 are enough for two Inception blocks; this bounds a strange network

# Values the student returns ----------------------------------------------------------------------------------------


def made(value, what):
    """Something that stays with the submission, such as a module; a value that came back in its place is none."""
    expect(hasattr(value, "structure"), f"{what} should be a torch.nn.Module; it is a {type(value).__name__}.")
    return value


def shape_of(value):
    """The shape of a tensor, () for anything else."""
    return tuple(value.shape) if isinstance(value, torch.Tensor) else ()


def near(actual, expected):
    """Whether a tensor is another one, or what a function gives, to float32's rounding after a few layers."""
    expected = expected() if callable(expected) else expected
    if not isinstance(actual, torch.Tensor) or actual.shape != expected.shape or actual.dtype.is_complex:
        return False
    allowed = 1e-4 * expected.abs().max().item() + 1e-6
    return (actual.double() - expected.double()).abs().max().item() <= allowed


def share_of_channels(actual, expected):
    """The share of the channels (N, C, …) of a tensor that occur in another one, in any order; 0 for another shape."""
    if not isinstance(actual, torch.Tensor) or actual.shape != expected.shape or actual.dtype.is_complex:
        return 0.0
    mine, right = (value.double().transpose(0, 1).flatten(1) for value in (actual, expected))
    off = torch.cdist(mine, right, p=float("inf")).amin(1)
    return (off <= 1e-4 * right.abs().max().item() + 1e-6).double().mean().item()


FILTERS = ((0, 3, 1, 2), (3, 2, 0, 1))
"""The axes of filters (out, height, width, in) and (height, width, in, out), in torch's order."""


def oriented(value, shape):
    """A tensor in this shape, if it is one but for axes split up, of length 1, or in another usual order."""
    if not isinstance(value, torch.Tensor) or value.numel() != shape.numel():
        return None
    if value.ndim == 4 and value.shape != shape:
        for other in (value.permute(axes) for axes in FILTERS):
            if other.shape == shape:
                return other
    sizes, rest = [size for size in value.shape if size != 1], shape.numel() // shape[0]
    if sizes[:1] == [shape[0]]:
        return value.reshape(shape)
    return value.reshape(rest, shape[0]).t().reshape(shape) if sizes[-1:] == [shape[0]] else None


def reject(message):
    """Fail with this message."""
    expect(False, message)


def expect_copy(copy, got, expected, what, again, slips=()):
    """A result is the trusted one; if not, fail with the first slip that explains it, or with what else is to see.

    `slips`: (sentence, function) pairs. `again` runs the network once more: a dropout shows.
    """
    if near(got, expected):
        return
    for sentence, run in slips:
        if near(got, run):
            reject(f"{what} is not right: {sentence}.")
    expect(near(again(), got), f"{what} differs from run to run. Is there a dropout? None is asked for.")
    for place, value in copy.trusted.named_parameters():
        if place not in copy.found and value.ndim > 1:
            sizes = f"{type(copy.trusted.get_submodule(place.rpartition('.')[0])).__name__} of {tuple(value.shape)}"
            reject(
                f"{what} is not right: parameters() lists no weights for a {sizes}. Is that layer missing, or kept "
                f"where parameters() does not look?\nThe layers that ran, in order: {copy.ran}."
            )
    unexplained(got, expected, what, copy.ran)


def unexplained(got, expected, what, ran):
    """Fail with the difference and the layers that ran."""
    try:
        expect_close(got, expected, rtol=1e-4, what=what)
    except AssertionError as problem:
        reject(f"{problem}\nThe layers that ran, in order: {ran}.")


# What ran, in words ------------------------------------------------------------------------------------------------

SETTINGS = ("in_channels", "out_channels", "num_features", "in_features", "out_features", "kernel_size", "p", "dim")
RECURRENT = {
    "batch_first": (None,),
    "bidirectional": (None, False),
    "nonlinearity": (None, "tanh"),
    "bias": (None, True),
    "dropout": (None, 0.0),
    "num_layers": (None, 1),
}
"""What goes without saying of nn.RNN, nn.LSTM and nn.GRU; None for layers of other kinds."""
USUAL = {"stride": (1, 1), "padding": (0, 0)}
STEPS = {
    "p": lambda x: F.max_pool2d(x, 2),
    "a": lambda x: F.avg_pool2d(x, 2),
    "r": torch.relu,
    "k": F.leaky_relu,
    "g": torch.sigmoid,
    "s": lambda x: x.softmax(dim=1),
    "b": lambda x: x.softmax(dim=0),
    "o": lambda x: x.log_softmax(dim=1),
    "z": lambda x: x.log_softmax(dim=0),
}


def described(layer):
    """A layer much as one would write it, from its settings."""
    settings = layer.settings
    inside = [_one(settings[key]) for key in SETTINGS if key in settings]
    inside += [
        f"{key}={layer.settings[key]}"[:30] for key in RECURRENT if layer.settings.get(key) not in RECURRENT[key]
    ]
    if "Conv" in layer.kind:
        inside += [f"{key}={_one(settings[key])}" for key in USUAL if settings.get(key, USUAL[key]) != USUAL[key]]
    return f"{layer.kind[:30]}({', '.join(inside)})" if inside else layer.kind[:30]


def all_described(layers):
    """The first layers that ran."""
    return ", ".join(described(layer) for layer in layers[:20]) or "none of torch's own"


def what_ran(net, inputs, values):
    """The layers that ran, each once in a row, in a sentence; the parameters by name when there are none."""
    layers = [described(layer) for layer in net.structure(inputs)]
    layers = [layer for layer, before in zip(layers, [None, *layers], strict=False) if layer != before]
    shapes = ", ".join(f"{name} {tuple(value.shape)}" for name, value in values.items())
    return (
        f"The layers that ran, in order: {', '.join(layers)[:400]}." if layers else f"Its parameters: {shapes[:400]}."
    )


def _one(value):
    """5 for (5, 5)."""
    return str(value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value)[:20]


def steps(order, x, **layers):
    """Layers by keyword and functions of STEPS, by letter, one after the other."""
    for letter in order:
        x = (layers.get(letter) or STEPS[letter])(x)
    return x


# The copy ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Part:
    """A parameter of the student's, or some rows of one that holds several layers side by side."""

    name: str
    value: torch.Tensor
    rows: slice


@dataclass
class Copy:
    """A student's network with random weights, and the trusted one with the same."""

    net: Any
    trusted: nn.Module
    ran: str
    found: dict[str, Part] = field(default_factory=dict)  # trusted parameter -> the student's


def copy_of(submission, net, trusted, images, rng):
    """Draw the student's weights anew and give the trusted network the same ones; `images` are what both run on.

    The trusted network declares its parameters in running order. One that is nowhere to be found becomes 0.
    """
    submission.probe("drawn", net, images, int(rng.integers(1000)))
    layers = net.structure(images)
    copy = Copy(net, trusted, all_described(layers))
    pool = _pool(submission, net, layers)
    places = {name: value.shape for name, value in trusted.named_parameters()}
    options = _options(pool, list(places.values()))
    with torch.no_grad():
        _put(copy, guess := _in_order(places, options))
        result = net(images)
        share = _share(trusted, images, result)
        if share < 1 and shape_of(result) == shape_of(trusted(images)):
            _put(copy, _search(submission, copy, pool, options, images))
            if _share(trusted, images, result) <= share:
                _put(copy, guess)
                _share(trusted, images, result)
    return copy


def _pool(submission, net, layers):
    """Every parameter by name: those of layers that ran in running order, then the others as declared."""
    values = submission.probe("parameter_values", net)
    expect_type(values, dict, what="the network's parameters")
    for name, value in values.items():
        expect_type(value, torch.Tensor, what=f"{name[:60]} in the network's parameters")
    ran = [f"{layer.name}.{name}" if layer.name else name for layer in layers for name in layer.parameters]
    order = dict.fromkeys([*(name for name in ran if name in values), *values])
    return {name: values[name] for name in order}


def _options(pool, places):
    """What may stand in places of each shape: parameters of that shape.

    Where those are too few, also rows of larger ones, such as several 1×1 convolutions in one.
    """
    options = {}
    for shape in places:
        whole = [(name, oriented(value, shape)) for name, value in pool.items()]
        options[shape] = [Part(name, value, slice(None)) for name, value in whole if value is not None]
    whole = {part.name for parts in options.values() for part in parts}
    rest = {name: value for name, value in pool.items() if name not in whole}
    lacking = [shape for shape in places if len(options[shape]) < places.count(shape)]
    for shape in dict.fromkeys(lacking):
        options[shape] += _rows(rest, shape, [other[0] for other in lacking if other[1:] == shape[1:]])
    return options


def _rows(pool, shape, sizes):
    """Parts of larger parameters that have this shape and begin where others of these sizes may end."""
    starts = {0}
    for size in sizes:
        starts |= {start + size for start in starts}
    for name, value in pool.items():
        if value.ndim and len(value) > shape[0] and value[0].numel() * shape[0] == shape.numel():
            for start in (start for start in sorted(starts) if start + shape[0] <= len(value)):
                rows = slice(start, start + shape[0])
                if (piece := oriented(value[rows], shape)) is not None:
                    yield Part(name, piece, rows)


def _in_order(places, options):
    """The parts of each shape in the order of the places of that shape."""
    queues = {shape: iter(parts) for shape, parts in options.items()}
    return {name: part for name, shape in places.items() if (part := next(queues[shape], None)) is not None}


def _put(copy, found):
    """Give the trusted network these parts, and 0 where there is none."""
    copy.found = dict(found)
    for name, value in copy.trusted.named_parameters():
        value.copy_(found[name].value) if name in found else value.zero_()


def _share(trusted, images, result):
    """The share of the channels of a result that the trusted network explains, in the best of its layouts if any."""
    shares = {}
    for layout in getattr(trusted, "layouts", ("",)):
        trusted.layout = layout
        shares[layout] = share_of_channels(result, trusted(images))
        if shares[layout] == 1:
            break
    trusted.layout = max(shares, key=shares.__getitem__)
    return shares[trusted.layout]


def _search(submission, copy, pool, options, images):
    """Which part stands in which place, where several may: found by changing one at a time.

    All parameters of these shapes get the same row again and again, so that it does not matter which is which. When
    the trusted network still explains what the student's gives, parts get their own values back, one after the other,
    and the place is the one where the same change explains the new result.
    """
    sure = {name: part for name, part in copy.found.items() if len(options[part.value.shape]) == 1}
    places = {name: value.shape for name, value in copy.trusted.named_parameters() if name not in sure}
    same = {shape: _same_rows(shape) for shape in places.values()}
    level = {part.name: pool[part.name].clone() for shape in same for part in options[shape]}
    for part in (part for shape in same for part in options[shape]):
        oriented(level[part.name][part.rows], part.value.shape).copy_(same[part.value.shape])

    def explained(result, change):
        _put(copy, {**sure, **{name: Part("", same[shape], slice(None)) for name, shape in places.items()}, **change})
        return _share(copy.trusted, images, result)

    submission.probe("assign", copy.net, level)
    found = copy.found
    if explained(copy.net(images), {}) > 0:
        shares = []
        for shape in same:
            for part in options[shape][:MOST_OF_A_SHAPE]:
                changed = level[part.name].clone()
                changed[part.rows] = pool[part.name][part.rows]
                submission.probe("assign", copy.net, {part.name: changed})
                result = copy.net(images)
                submission.probe("assign", copy.net, {part.name: level[part.name]})
                names = [name for name, its_shape in places.items() if its_shape == shape]
                shares += [(explained(result, {name: part}), name, part) for name in names]
        found = sure
        for _, name, part in sorted(shares, key=lambda each: -each[0]):
            if name not in found and part not in found.values():
                found[name] = part
    submission.probe("assign", copy.net, {name: pool[name] for name in level})
    return found


def _same_rows(shape):
    """A tensor of this shape whose rows are all alike, and the same for every number of rows."""
    tail = torch.rand(shape[1:], generator=torch.Generator().manual_seed(1)) - 0.3
    return (tail / max(tail.numel(), 1) ** 0.5).expand(shape).clone()


# Gradients ---------------------------------------------------------------------------------------------------------


def steady(trusted, draw, upstream):
    """Images of `draw()` whose gradient no rounding can change: no near ties in a pooling, nothing near 0 in a ReLU."""
    for _ in range(60):
        images = draw()
        right = _image_gradient(trusted, images, upstream)
        moved = (images * (1 + 1e-5 * torch.randn(images.shape)) for _ in range(4))
        if all(near(_image_gradient(trusted, other, upstream), right) for other in moved):
            break
    return images


def _image_gradient(trusted, images, upstream):
    leaf = images.clone().requires_grad_()
    return torch.autograd.grad(trusted(leaf), leaf, upstream)[0]


def expect_parameters(submission, copy, what):
    """The network has as many trainable numbers as the trusted one, and the training reaches each of them."""
    values = submission.probe("parameter_values", copy.net)
    count, right = (sum(v.numel() for v in each) for each in (values.values(), copy.trusted.parameters()))
    expect(count == right, f"{what} has {count:,} parameters. With its layers, and no others, it has {right:,}.")


def expect_gradients(copy, images, upstream, inputs="images"):
    """Backward gives the images and every parameter the gradients of the trusted network, which gives the same."""
    leaf = images.clone().requires_grad_()
    expected = copy.trusted(leaf)
    copy.trusted.zero_grad()
    expected.backward(upstream)
    found = copy.net.gradients(images, upstream=upstream)
    if not near(found.output, expected.detach()):
        reject("Gradients are compared once the results are right. For the inputs of this check they are not.")
    for place, parameter in copy.trusted.named_parameters():
        part = copy.found.get(place)
        if part is None:
            continue
        grad, name = found.parameters.get(part.name), part.name[:60]
        expect(grad is not None, f"No gradient reaches {name}: it cannot learn. Is something detached?")
        grad = oriented(grad[part.rows], parameter.shape)
        expect(grad is not None, f"The gradient of {name} has another shape than {name} itself.")
        expect_close(grad, parameter.grad, rtol=1e-3, atol=1e-5, what=f"the gradient of {name}")
    expect(found.inputs[0] is not None, f"No gradient reaches the {inputs}. Is something detached?")
    expect_close(found.inputs[0], leaf.grad, rtol=1e-3, atol=1e-6, what=f"the gradient of the {inputs}")
