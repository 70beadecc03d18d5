"""A student's network beside a trusted one with the same weights, whatever its attributes are called.

    copy = copy_of(submission, submission.InceptionA(10), inception_a(10), images, rng)

Weights are found by shape and running order; where that does not explain what the network gives, as when branches run
in another order or weights are plain parameters, by trying the weights of equal shape in each other's place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_type

MOST_OF_A_SHAPE, MOST_ORDERS = 120, 400  # 6 and 288 are enough for two Inception blocks; these bound a strange network

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


def near_channels(actual, expected):
    """The share of channels (N, C, …) in which a tensor is another one, 0 when its shape is not."""
    if not isinstance(actual, torch.Tensor) or actual.shape != expected.shape or actual.dtype.is_complex:
        return 0.0
    off = (actual.double() - expected.double()).abs().transpose(0, 1).flatten(1).amax(1)
    return (off <= 1e-4 * expected.abs().max().item() + 1e-6).double().mean().item()


def oriented(value, shape):
    """A tensor in this shape, if it is one but for axes split up or of length 1, or a matrix the other way round."""
    if not isinstance(value, torch.Tensor) or value.numel() != shape.numel():
        return None
    sizes = [size for size in value.shape if size != 1]
    if sizes[:1] == [shape[0]]:
        return value.reshape(shape)
    plain = [size for size in shape if size != 1]
    return value.squeeze().t().reshape(shape) if len(plain) == 2 and sizes == plain[::-1] else None


def reject(message):
    """Fail with this message."""
    expect(False, message)


def unexplained(got, expected, what, ran):
    """Fail with the difference and the layers that ran."""
    try:
        expect_close(got, expected, rtol=1e-4, what=what)
    except AssertionError as problem:
        reject(f"{problem}\nThe layers that ran, in order: {ran}.")


# What ran, in words ------------------------------------------------------------------------------------------------

SETTINGS = ("in_channels", "out_channels", "num_features", "in_features", "out_features", "kernel_size", "p", "dim")
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
}


def described(layer):
    """A layer much as one would write it, from its settings."""
    settings = layer.settings
    inside = [_one(settings[key]) for key in SETTINGS if key in settings]
    if "Conv" in layer.kind:
        inside += [f"{key}={_one(settings[key])}" for key in USUAL if settings.get(key, USUAL[key]) != USUAL[key]]
    return f"{layer.kind[:30]}({', '.join(inside)})" if inside else layer.kind[:30]


def all_described(layers):
    """The first layers that ran."""
    return ", ".join(described(layer) for layer in layers[:20]) or "none of torch's own"


def _one(value):
    """5 for (5, 5)."""
    return str(value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value)[:20]


def steps(order, x, **layers):
    """Layers by keyword and functions of STEPS, by letter, one after the other."""
    for letter in order:
        x = (layers.get(letter) or STEPS[letter])(x)
    return x


# The copy ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
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
    options = {shape: _parts(pool, shape, list(places.values()).count(shape)) for shape in set(places.values())}
    with torch.no_grad():
        _put(copy, _in_order(places, options))
        result = net(images)
        if _share(trusted, images, result) < 1 and shape_of(result) == shape_of(trusted(images)):
            _put(copy, _search(submission, copy, pool, options, images))
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


def _parts(pool, shape, count):
    """What may stand in a place of this shape; pieces of larger parameters where there are fewer than `count`."""
    whole = [(name, oriented(value, shape)) for name, value in pool.items()]
    found = [Part(name, value, slice(None)) for name, value in whole if value is not None]
    if len(found) >= count:
        return found
    for name, value in pool.items():
        times, rest = divmod(value.numel(), shape.numel())
        pieces = value.split(shape[0]) if times > 1 and not rest and len(value) == times * shape[0] else ()
        for number, piece in enumerate(pieces):
            if (fitting := oriented(piece, shape)) is not None:
                found.append(Part(name, fitting, slice(number * shape[0], (number + 1) * shape[0])))
    return found


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
        shares[layout] = near_channels(result, trusted(images))
        if shares[layout] == 1:
            break
    trusted.layout = max(shares, key=shares.__getitem__)
    return shares[trusted.layout]


def _search(submission, copy, pool, options, images):
    """The parts that explain most of what the network gives, weights and biases in each other's place.

    Weights are tried without biases, and then each bias alone: all of them together have too many orders.
    """
    places = {name: value.shape for name, value in copy.trusted.named_parameters()}
    weights = {name: shape for name, shape in places.items() if len(shape) > 1}
    biases = {name: shape for name, shape in places.items() if len(shape) == 1}
    vectors = {part.name: pool[part.name] for shape in set(biases.values()) for part in options[shape]}
    zeros = {name: torch.zeros_like(value) for name, value in vectors.items()}

    def share(found):
        _put(copy, found)
        return _share(copy.trusted, images, result)

    submission.probe("assign", copy.net, zeros)
    result, best, chosen = copy.net(images), -1.0, {}
    for found in _orders(weights, options):
        if (now := share(found)) > best:
            best, chosen = now, found
        if best == 1:
            break
    placed = {}
    for part in (part for shape in dict.fromkeys(biases.values()) for part in options[shape]):
        free = [name for name, shape in biases.items() if shape == part.value.shape and name not in placed]
        if len(free) > 1:
            alone = zeros[part.name].clone()
            alone[part.rows] = pool[part.name][part.rows]
            submission.probe("assign", copy.net, zeros | {part.name: alone})
            result = copy.net(images)
            free.sort(key=lambda name: -share(chosen | {name: part}))
        placed |= dict.fromkeys(free[:1], part)
    submission.probe("assign", copy.net, vectors)
    return chosen | placed


def _orders(places, options):
    """Every way to give these places the parts of their shape, the order they come in first."""
    groups = {}
    for name, shape in places.items():
        groups.setdefault(shape, []).append(name)
    ways = []
    for shape, names in groups.items():
        every = itertools.permutations(options[shape], min(len(names), len(options[shape])))
        ways.append(list(itertools.islice(every, MOST_OF_A_SHAPE)))
    for way in itertools.islice(itertools.product(*ways), MOST_ORDERS):
        pairs = (zip(names, parts, strict=False) for names, parts in zip(groups.values(), way, strict=True))
        yield dict(itertools.chain.from_iterable(pairs))


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


def expect_gradients(copy, images, upstream):
    """Backward gives the images and every parameter the gradients of the trusted network, which gives the same."""
    leaf = images.clone().requires_grad_()
    expected = copy.trusted(leaf)
    copy.trusted.zero_grad()
    expected.backward(upstream)
    found = copy.net.gradients(images, upstream=upstream)
    if not near(found.output, expected.detach()):
        reject("Gradients are compared once the results are right. They are not: see the other checks.")
    for place, parameter in copy.trusted.named_parameters():
        part = copy.found.get(place)
        if part is None:
            continue
        grad, name = found.parameters.get(part.name), part.name[:60]
        expect(grad is not None, f"No gradient reaches {name}: it cannot learn. Is something detached?")
        grad = oriented(grad[part.rows], parameter.shape)
        expect(grad is not None, f"The gradient of {name} has another shape than {name} itself.")
        expect_close(grad, parameter.grad, rtol=1e-3, atol=1e-5, what=f"the gradient of {name}")
    expect_close(found.inputs[0], leaf.grad, rtol=1e-3, atol=1e-6, what="the gradient of the images")
