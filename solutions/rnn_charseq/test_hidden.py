"""Checks of rnn_charseq the student never has: their weights in our formulas, steps beside torch's, work counted."""

import itertools
import math

import numpy as np
import pytest
import rnn_charseq as reference
import torch
from network_copies import what_ran
from torch import nn
from torch.nn import functional as F

from autograder.grading import (
    CheckFailed,
    expect,
    expect_close,
    expect_dtype,
    expect_equal,
    expect_raises,
    expect_shape,
    expect_type,
    question,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,;!?-'éüß한국어→"

# What several checks need ------------------------------------------------------------------------------------------


def tensor(values, dtype=torch.float32):
    """A tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=dtype)


def drawn(rng, vocab, *shape):
    """Random indices of this shape."""
    return torch.tensor(rng.integers(0, vocab, size=shape))


def text_of(rng, count, letters=LETTERS):
    """A random text of `count` characters."""
    return "".join(letters[index] for index in rng.integers(0, len(letters), size=count))


def pair(value, what, names):
    """Two things the student returned together."""
    expect_type(value, (tuple, list), what=what)
    expect(len(value) == 2, f"{what} should be two things, {names}; it is {len(value)}.")
    return value


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
    return torch.tensor([float(value) for value in values], dtype=torch.float64)


# build_vocab, encode, one_hot --------------------------------------------------------------------------------------


@question("vocab", weight=2, hint="sorted(set(text)): a set alone has another order in every run of Python.")
def test_vocabulary_is_sorted(submission, rng):
    """Every character of a text once, in sorted order, and its place in that list as its number."""
    white = " Two lines,\n\tthe second with a tab \n", " before", "behind\n"
    for text in (text_of(rng, 200), text_of(rng, 40), text_of(rng, 1), *white):
        expected = sorted(set(text))
        chars, numbers = pair(submission.build_vocab(text), "build_vocab's result", "(chars, char_to_index)")
        expect_type(chars, (list, tuple), what="chars")
        expect(all(isinstance(char, str) for char in chars), "chars should hold characters.")
        expect(len(set(chars)) == len(chars), "chars has the same character more than once.")
        lacking = [char for char in expected if char not in chars]
        expect(not lacking, f"chars lacks {', '.join(map(repr, lacking[:5]))}, which the text holds.")
        expect(set(chars) == set(expected), "chars should hold the characters of the text and no others.")
        mixed = "chars is not sorted: a set gives its characters in another order in every run of Python."
        expect(list(chars) == expected, mixed)
        expect_type(numbers, dict, what="char_to_index")
        whole = all(isinstance(value, int | np.integer) for value in numbers.values())
        expect(whole, "char_to_index should give every character an int.")
        right = numbers == {char: index for index, char in enumerate(expected)}
        expect(right, "char_to_index should give each character its place in chars, counted from 0.")


@question("vocab", hint="[char_to_index[c] for c in text], with the dict that was handed in, as torch.long.")
def test_encode_uses_the_vocabulary_it_is_given(submission, rng):
    """encode gives each character the number it has in char_to_index, whatever order that has, as int64 (T,)."""
    chars = rng.permutation(list(LETTERS)).tolist()
    numbers = dict(zip(chars, rng.permutation(len(chars)).tolist(), strict=True))
    for count in (30, 1):
        text = text_of(rng, count)
        codes = submission.encode(text, numbers)
        expect_type(codes, torch.Tensor, what="encode's result")
        expect_equal(codes, torch.tensor([numbers[char] for char in text]), what=f"encode of {count} character(s)")
        expect_dtype(codes, torch.int64, what="encode's result")


@question("vocab", hint="char_to_index[c] raises KeyError by itself: do not catch it, and do not use .get.")
def test_unknown_character_is_refused(submission):
    """encode raises KeyError or ValueError for a character the vocabulary does not hold, wherever it stands."""
    numbers = {"a": 0, "b": 1, "c": 2}
    for text in ("abxc", "d", "abC"):
        what = f"encode({text!r}, …) with the vocabulary a, b, c"
        try:
            expect_raises("KeyError", submission.encode, text, numbers, what=what)
        except CheckFailed as first:
            try:
                expect_raises("ValueError", submission.encode, text, numbers, what=what)
            except CheckFailed:
                raise CheckFailed(str(first).replace("raise KeyError", "raise KeyError or ValueError")) from None


@question("vocab", hint="F.one_hot(indices, size).float(), or torch.eye(size)[indices]: both work for every shape.")
def test_one_hot_of_every_shape(submission, rng):
    """one_hot adds one axis of length `size` at the end, for one sequence and for batches, as floats."""
    for shape, size, largest in (((7,), 5, 5), ((3, 4), 6, 6), ((2, 5), 9, 4), ((2, 3, 4), 5, 5), ((1, 1), 3, 1)):
        values = drawn(rng, largest, *shape)
        rows = submission.one_hot(values, size)
        what = f"one_hot of indices {shape} with size {size}"
        expect_close(rows, (values[..., None] == torch.arange(size)).float(), what=what)
        expect_dtype(rows, "float", what=what)


# make_windows ------------------------------------------------------------------------------------------------------


def windows_of(submission, text, length):
    """The student's windows as a list of pairs."""
    found = submission.make_windows(text, length)
    expect_type(found, (list, tuple), what="make_windows's result")
    what = "each item of make_windows's result"
    found = [tuple(pair(value, what, "(window, target)")) for value in found]
    expect(all(isinstance(part, str) for both in found for part in both), "Windows and targets should be strings.")
    return found


@question(
    "windows", weight=2, hint="text[i : i + length] and text[i + 1 : i + length + 1] for every i below the count."
)
def test_every_window_and_its_target(submission, rng):
    """A text has len(text) - length windows, in order, each with the window one character later."""
    for count, length, letters in ((23, 4, LETTERS), (12, 1, LETTERS), (9, 8, LETTERS), (20, 2, "ab")):
        text = f" {text_of(rng, count - 2, letters)} "  # blanks at the ends are characters, too
        found = windows_of(submission, text, length)
        number = (
            f"A text of {count} characters has {count - length} windows of {length}; make_windows gives {len(found)}."
        )
        expect(len(found) == count - length, number)
        expected = [(text[i : i + length], text[i + 1 : i + 1 + length]) for i in range(count - length)]
        expect([mine for mine, _ in found] == [theirs for theirs, _ in expected], "The windows are not the right ones.")
        expect_equal([b for _, b in found], [b for _, b in expected], what=f"the list of targets (windows of {length})")


@question("windows", weight=0.5, hint="range(len(text) - length) is empty by itself when the text is too short.")
def test_text_too_short_for_a_window(submission):
    """A text with no more characters than the window has no windows: an empty list."""
    for text, length in (("abc", 3), ("abc", 5)):
        expect_equal(
            len(windows_of(submission, text, length)), 0, what=f"the number of windows of {length} in {text!r}"
        )


# rnn_step ----------------------------------------------------------------------------------------------------------


def step_arguments(rng, count, width, hidden, dtype=torch.float64):
    """x, h, w_ih, b_ih, w_hh, b_hh of these sizes."""
    shapes = ((count, width), (count, hidden), (hidden, width), (hidden,), (hidden, hidden), (hidden,))
    return [tensor(rng.normal(size=shape) / shape[-1] ** 0.5, dtype) for shape in shapes]


@question("step", weight=2, hint="x @ w_ih.T + b_ih + h @ w_hh.T + b_hh: look at the term that is named.")
def test_each_term_of_a_step(submission, rng):
    """Each of the four terms under the tanh is there, once and in the right orientation."""
    for count, width, hidden in ((3, 4, 4), (2, 5, 3)):
        values = step_arguments(rng, count, width, hidden)
        x, h, w_ih, b_ih, w_hh, b_hh = values
        rows = torch.zeros(count, hidden, dtype=torch.float64)
        for term, kept, expected in (
            ("x w_ihᵀ", (0, 2), x @ w_ih.T),
            ("b_ih", (3,), rows + b_ih),
            ("h w_hhᵀ", (1, 4), h @ w_hh.T),
            ("b_hh", (5,), rows + b_hh),
        ):
            alone = [value if place in kept else torch.zeros_like(value) for place, value in enumerate(values)]
            what = f"rnn_step where everything but the term {term} is 0"
            expect_close(submission.rnn_step(*alone), expected.tanh(), rtol=1e-9, what=what)


@question("step", weight=2, hint="One tanh around the sum of all four terms.")
def test_step_is_its_formula(submission, rng):
    """rnn_step is tanh(x w_ihᵀ + b_ih + h w_hhᵀ + b_hh), for one sequence and for several, in float32 and float64."""
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        for count, width, hidden in ((1, 3, 2), (5, 2, 6), (4, 7, 7)):
            x, h, w_ih, b_ih, w_hh, b_hh = values = step_arguments(rng, count, width, hidden, dtype)
            expected = torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
            what = f"rnn_step for x {(count, width)} and h {(count, hidden)} in {str(dtype).removeprefix('torch.')}"
            expect_close(submission.rnn_step(*values), expected, rtol=tolerance, what=what, same_dtype=True)


@question("step", weight=2, hint="No detach, no .data, no no_grad in the step: the gradient has to get through.")
def test_unrolled_steps_are_nn_rnn(submission, rng):
    """Steps in a row give the outputs of nn.RNN, and the same gradients for input, start and all four parameters."""
    length, count, width, hidden = 6, 3, 4, 5
    layer = nn.RNN(width, hidden).double()
    _, h, *weights = step_arguments(rng, count, width, hidden)
    x = tensor(rng.normal(size=(length, count, width)), torch.float64)
    upstream = tensor(rng.normal(size=(length, count, hidden)), torch.float64)
    parameters = (layer.weight_ih_l0, layer.bias_ih_l0, layer.weight_hh_l0, layer.bias_hh_l0)
    with torch.no_grad():
        for mine, theirs in zip(parameters, weights, strict=True):
            mine.copy_(theirs)
    inputs = x.clone().requires_grad_(), h.clone().requires_grad_()
    expected = layer(inputs[0], inputs[1].unsqueeze(0))[0]
    expected.backward(upstream)
    found = submission.probe.unroll.gradients(x, h, *weights, upstream=upstream)
    expect_close(found.output, expected, rtol=1e-6, what="six steps of rnn_step in a row")
    names = ("x", "h", "w_ih", "b_ih", "w_hh", "b_hh")
    expect_type(found.inputs, (list, tuple), what="the gradients of rnn_step")
    expect(len(found.inputs) == len(names), "The gradients of rnn_step are not those of its six arguments.")
    for name, mine, theirs in zip(names, found.inputs, (*inputs, *parameters), strict=True):
        expect(mine is not None, f"Through six steps of rnn_step no gradient reaches {name}.")
        expect_close(mine, theirs.grad, rtol=1e-6, what=f"the gradient of {name} through six steps of rnn_step")


@question("step", weight=0.5, hint="h belongs to the caller: h += …, h[:] = … and h.copy_(…) change it.")
def test_step_leaves_its_arguments_alone(submission, rng):
    """rnn_step returns a new tensor: none of its six arguments is changed."""
    values = step_arguments(rng, 3, 4, 5)
    kept = [submission.keep(value) for value in values]
    submission.rnn_step(*kept)
    for name, handle, value in zip(("x", "h", "w_ih", "b_ih", "w_hh", "b_hh"), kept, values, strict=True):
        expect_equal(handle.value(), value, what=f"{name} after rnn_step")


# CharRNN, explained by its own parameters --------------------------------------------------------------------------


def made(submission, *sizes, **settings):
    """A new CharRNN of the student's with random values, and its parameters and buffers by name."""
    submission.library("torch").manual_seed(1)
    net = submission.CharRNN(*sizes, **settings)
    expect(hasattr(net, "structure"), f"CharRNN should be a torch.nn.Module; calling it gave {net!r:.60}.")
    found = submission.probe("fill", net, 7)
    expect_type(found, dict, what="the network's parameters")
    for name, value in found.items():
        expect_type(value, torch.Tensor, what=f"{name}, a parameter of the network,")
    return net, {name: torch.as_tensor(value) for name, value in found.items()}


def parts_of(leaves, width, hidden, layers):
    """Ways to read the parameters: stacked layers taken apart, [x, h] matrices cut in two, either half first."""
    parts = {}
    for name, value in leaves.items():
        stacked = layers > 1 and value.ndim in (2, 3) and len(value) == layers and value.shape[-1] == hidden
        parts |= {f"{name}[{i}]": value[i] for i in range(layers)} if stacked else {name: value}
    parts = {name: value.squeeze() if value.ndim > 2 or 1 in value.shape else value for name, value in parts.items()}
    joined = [name for name, value in parts.items() if value.ndim == 2 and hidden in value.shape]
    joined = [name for name in joined if set(parts[name].shape) & {width + hidden, 2 * hidden}]
    yield parts if not joined else cut(parts, joined, hidden, False)
    if joined:
        yield cut(parts, joined, hidden, True)


def cut(parts, joined, hidden, state_first):
    """The parts with each matrix over [x, h], or [h, x], as the two matrices it is made of."""
    found = {}
    for name, value in parts.items():
        if name not in joined:
            found[name] = value
            continue
        rows = value if value.shape[0] == hidden else value.T
        at = hidden if state_first else rows.shape[1] - hidden
        first, second = rows[:, :at], rows[:, at:]
        found[f"{name} for x"], found[f"{name} for h"] = (second, first) if state_first else (first, second)
    return found


def fitting(parts, shape):
    """The matrices of this shape, those kept the other way round turned."""
    found = [value for value in parts.values() if tuple(value.shape) == shape]
    return found + [value.T for value in parts.values() if tuple(value.shape) == shape[::-1] and shape[0] != shape[1]]


def shared(vectors, layers):
    """Every way to share out the bias vectors among the layers, one or two to each, as the sum per layer."""
    size, rest = divmod(len(vectors), layers)
    if rest or size not in (1, 2):
        return
    if layers == 1:
        yield [sum(vectors)]
        return
    for chosen in itertools.combinations(range(len(vectors)), size):
        others = [vectors[i] for i in range(len(vectors)) if i not in chosen]
        yield [sum(vectors[i] for i in chosen), sum(others)]


def readings(leaves, x, output, vocab, hidden, layers, embedding):
    """Every way to read the parameters as (table or None, [(w_ih, w_hh, bias) per layer], (w, b) of the Linear).

    The first position needs no w_hh: only what gives its output there is completed.
    """
    width = embedding or vocab
    for parts in parts_of(leaves, width, hidden, layers):
        square = [value for value in parts.values() if tuple(value.shape) == (hidden, hidden)]
        vectors = [value for value in parts.values() if tuple(value.shape) == (hidden,)]
        for table, first, weight, bias, biases, uppers in itertools.product(
            fitting(parts, (vocab, embedding)) if embedding else [None],
            fitting(parts, (hidden, width)),
            fitting(parts, (vocab, hidden)),
            [value for value in parts.values() if tuple(value.shape) == (vocab,)],
            list(shared(vectors, layers)),
            list(turned(itertools.permutations(square, layers - 1))),
        ):
            inputs, last = [first, *(value for _, value in uppers)], (weight, bias)
            if same(
                output[:, :1], formula(x[:, :1], (table, list(zip(inputs, inputs, biases, strict=True)), last), vocab)
            ):
                rest = [value for value in square if all(value is not used for used, _ in uppers)]
                for states in turned(itertools.permutations(rest, layers)):
                    triples = zip(inputs, (value for _, value in states), biases, strict=True)
                    yield table, list(triples), last


def turned(choices):
    """Choices of square matrices as (matrix, matrix as used): all as they are, and all transposed."""
    for chosen in choices:
        yield [(value, value) for value in chosen]
        if chosen:
            yield [(value, value.T) for value in chosen]


def same(output, ours):
    """Equal to float32 rounding."""
    return torch.allclose(output, ours, rtol=1e-4, atol=1e-4)


def formula(x, reading, vocab):
    """Logits (N, T, V) of indices x by a reading's parameters; at the first position w_hh is not used."""
    table, layers, (weight, bias) = reading
    rows = F.one_hot(x, vocab).to(weight.dtype) if table is None else table[x]
    for w_ih, w_hh, b in layers:
        states = []
        for step in range(x.shape[1]):
            memory = states[-1] @ w_hh.T if states else 0
            states.append(torch.tanh(rows[:, step] @ w_ih.T + memory + b))
        rows = torch.stack(states, dim=1)
    return rows @ weight.T + bias


def explained(submission, rng, vocab, hidden, layers=1, embedding=None):
    """Find the student's own parameters in the formula, and compare outputs and gradients with it.

    Nothing is known of attribute names: parameters are found by their shapes, which differ, and those of equal shape by
    trying. Fails, with the layers that ran, when no reading gives the network's output.
    """
    settings = {"num_layers": layers} if layers > 1 else {}
    settings |= {"embedding_size": embedding} if embedding else {}
    what = f"CharRNN({vocab}, {hidden}{''.join(f', {key}={value}' for key, value in settings.items())})"
    net, state = made(submission, vocab, hidden, **settings)
    leaves = {name: value.double().requires_grad_() for name, value in state.items() if value.is_floating_point()}
    x = drawn(rng, vocab, 4, 12)
    output = net(x)
    expect(not isinstance(output, tuple | list), f"{what} should return the logits alone, and not several things.")
    expect_shape(output, (4, 12, vocab), what=f"{what} of indices (4, 12)")
    expect_dtype(output, "float", what=f"{what}'s output")
    output = torch.as_tensor(output).double()
    for reading in readings(leaves, x, output, vocab, hidden, layers, embedding):
        ours = formula(x, reading, vocab)
        if same(output, ours):
            expect_gradients(net, x, leaves, ours, rng, what)
            return
    reason = suspicion(net, x, output, next(parts_of(leaves, embedding or vocab, hidden, layers)), hidden, settings)
    kind = "embedding" if embedding else "one-hot"
    expect(False, f"{what} is not {kind}, tanh RNN, Linear of its own parameters. {reason}{what_ran(net, x, state)}")


def suspicion(net, x, output, parts, hidden, settings):
    """What may be wrong with a network no reading explains, in a sentence; empty when nothing stands out."""
    vocab, embedding = output.shape[2], settings.get("embedding_size")
    shapes = [tuple(value.shape) for value in parts.values()]
    squares, needed = shapes.count((hidden, hidden)), 2 * settings.get("num_layers", 1) - 1
    again = net(x)
    expect_shape(again, tuple(output.shape), what="the output for the same input once more")
    for found, words in (
        (not same(torch.as_tensor(again).double(), output), "The same input gives another output the second time."),
        (same(output.sum(2), torch.ones(1).double()), "Its outputs sum to 1: leave the softmax out."),
        (
            same(output.exp().sum(2), torch.ones(1).double()),
            "Its outputs are log-probabilities: leave log_softmax out.",
        ),
        (bool(output.abs().max() <= 1), "All outputs lie between -1 and 1: something squashes the logits."),
        (squares == 0, f"No parameter has the shape {(hidden, hidden)} of w_hh: is hidden_size used?"),
        (0 < squares < needed, f"There are weights for {(squares + 1) // 2} layer(s) only: is num_layers handed on?"),
        (embedding and not fitting(parts, (vocab, embedding)), f"There is no table of shape {(vocab, embedding)}."),
        (not shapes.count((hidden,)), "The recurrent layer has no bias."),
        (not shapes.count((vocab,)), "The Linear layer has no bias."),
    ):
        if found:
            return f"{words} "
    return ""


def expect_gradients(net, x, leaves, ours, rng, what):
    """Backward from the network gives each of its parameters the gradient the formula gives it."""
    upstream = tensor(rng.normal(size=tuple(ours.shape)))
    ours.backward(upstream.double())
    found = net.gradients(x, upstream=upstream).parameters
    expect_type(found, dict, what=f"the gradients of {what}")
    for name, leaf in leaves.items():
        if leaf.grad is not None:
            expect(isinstance(found.get(name), torch.Tensor), f"No gradient reaches {name} in {what}: it cannot learn.")
            grad = torch.as_tensor(found[name]).double()
            expect_close(grad, leaf.grad, rtol=1e-3, atol=1e-4, what=f"the gradient of {name} in {what}")


@question(
    "model", weight=2, given=("one_hot",), hint="one_hot, then nn.RNN(V, h, batch_first=True), then nn.Linear(h, V)."
)
def test_one_hot_network(submission, rng):
    """CharRNN is one-hot, tanh RNN, Linear of its own parameters, in two sizes, gradients too."""
    for vocab, hidden in ((7, 5), (5, 8)):
        explained(submission, rng, vocab, hidden)


@question("model", weight=2, given=("one_hot",), hint="nn.Embedding(V, E) in place of one-hot, then nn.RNN(E, h).")
def test_network_with_an_embedding(submission, rng):
    """With embedding_size CharRNN is embedding, tanh RNN, Linear of its own parameters, gradients too."""
    for vocab, hidden, embedding in ((7, 5, 3), (5, 4, 11)):
        explained(submission, rng, vocab, hidden, embedding=embedding)


@question(
    "model", weight=2, given=("one_hot",), hint="num_layers goes to nn.RNN: the second layer reads the first one's."
)
def test_network_with_two_layers(submission, rng):
    """With num_layers=2 a second layer reads the hidden states of the first, with and without an embedding."""
    explained(submission, rng, 7, 5, layers=2)
    explained(submission, rng, 8, 5, layers=2, embedding=4)  # sizes with no two shapes alike, 4 + 5 included
    two, three = (sum(v.numel() for v in made(submission, 7, 5, num_layers=n)[1].values()) for n in (2, 3))
    expect(three - two >= 2 * 5 * 5, "CharRNN(7, 5, num_layers=3) has no more weights than with num_layers=2.")


@question("model", given=("one_hot",), hint="Only one-hot or the table differs: RNN and Linear are the same in both.")
def test_identity_table_is_one_hot(submission, rng):
    """An embedding network with the identity as its table and the one-hot network's weights gives its outputs."""
    plain, _ = made(submission, 6, 5)
    embedded, _ = made(submission, 6, 5, embedding_size=6)
    x = drawn(rng, 6, 3, 4)
    expected, before = plain(x), embedded(x)
    expect_shape(expected, (3, 4, 6), what="CharRNN(6, 5) of indices (3, 4)")
    expect_shape(before, (3, 4, 6), what="CharRNN(6, 5, embedding_size=6) of indices (3, 4)")
    handed = submission.probe("hand_over", plain, embedded, 6)
    expect_type(handed, bool, what="whether the parameters of both networks correspond")
    expect(handed, "CharRNN(6, 5, embedding_size=6) should have the parameters of CharRNN(6, 5) and a 6×6 table.")
    expect_close(embedded(x), expected, rtol=1e-4, atol=1e-5, what="the network with the identity as its table")


@question("model", given=("one_hot",), hint="nn.RNN starts at 0 when it is given no hidden state; keep none in self.")
def test_calls_and_sequences_are_independent(submission, rng):
    """Answers depend on neither earlier calls nor other sequences of the batch, whatever its size; nor on the mode."""
    net, _ = made(submission, 7, 6, num_layers=2)
    x = drawn(rng, 7, 5, 4)
    together = net(x)
    expect_shape(together, (5, 4, 7), what="CharRNN(7, 6, num_layers=2) of indices (5, 4)")
    together = torch.as_tensor(together)
    for row in (0, 3):
        alone = net(x[row : row + 1])
        expect_shape(alone, (1, 4, 7), what="CharRNN(7, 6, num_layers=2) of indices (1, 4)")
        same = torch.allclose(torch.as_tensor(alone)[0], together[row], atol=1e-4)
        expect(
            same, "A sequence alone and in a batch gives two answers: memory crosses between rows, or between calls."
        )
    expect_close(net(x[:, :2]), together[:, :2], atol=1e-4, what="the output for the first two characters alone")
    net.eval()
    expect_close(net(x), together, atol=1e-4, what="the output in evaluation mode, compared with training mode,")


@question("model", hint="(batch, length, hidden · directions) and (layers · directions, batch, hidden).")
def test_output_shapes_of_nn_rnn(submission, rng):
    """output_shapes gives the shapes nn.RNN returns, for any number of layers, one direction and two."""
    for layers, both in ((1, False), (3, False), (1, True), (2, True)):
        batch, length, hidden = (int(value) for value in rng.choice(np.arange(4, 12), size=3, replace=False))
        outputs, last = nn.RNN(2, hidden, layers, batch_first=True, bidirectional=both)(torch.zeros(batch, length, 2))
        what = f"output_shapes{(batch, length, hidden, layers, both)}"
        found = pair(
            submission.output_shapes(batch, length, hidden, layers, both), what, "(output_shape, hidden_shape)"
        )
        for name, mine, theirs in zip(("output_shape", "hidden_shape"), found, (outputs, last), strict=True):
            expect_type(mine, (tuple, list), what=f"{name} of {what}")
            expect_equal(tuple(mine), tuple(theirs.shape), what=f"{name} of {what}")


# train, beside a trusted network -----------------------------------------------------------------------------------


class Recurrent(nn.Module):
    """The network of probes.py, on this side."""

    def __init__(self, vocab, width, hidden):
        super().__init__()
        self.table = nn.Embedding(vocab, width)
        self.cell = nn.RNNCell(width, hidden)
        self.last = nn.Linear(hidden, vocab)

    def forward(self, x):
        """Logits (N, T, V) of indices (N, T)."""
        letters, h, states = self.table(x), None, []
        for step in range(x.shape[1]):
            h = self.cell(letters[:, step], h)
            states.append(h)
        return self.last(torch.stack(states, dim=1))


def network(submission, rng, vocab, width=4, hidden=6):
    """One network with random values twice: trusted, and its copy where the student's code runs."""
    trusted = Recurrent(vocab, width, hidden)
    with torch.no_grad():
        for value in trusted.parameters():
            value.copy_(tensor(rng.normal(size=tuple(value.shape)) / (value.shape[-1] ** 0.5 if value.ndim > 1 else 2)))
    return trusted, submission.probe("recurrent", vocab, width, hidden, trusted.state_dict())


def adam_steps(net, inputs, targets, count, lr):
    """Take `count` steps of Adam on all positions; the loss each step started from."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    met = []
    for _ in range(count):
        loss = F.cross_entropy(net(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return torch.tensor(met, dtype=torch.float64)


def expect_trained(submission, net, start, trusted, steps):
    """The network moved from `start` to where the trusted one is, to 1 % of the way."""
    found = submission.probe("state", net)
    expect_type(found, dict, what="the network's state")
    target = trusted.state_dict()
    expect(set(found) == set(target), "The layers of the network are not those it came with.")
    for name, value in target.items():
        expect_shape(found[name], tuple(value.shape), what=f"the network's {name}")
    moved = sum((torch.as_tensor(found[name]) - start[name]).abs().sum().item() for name in target)
    expect(moved != 0, "The network given has not changed. Train that network itself, and take optimizer steps.")
    still = {name: target[name] == start[name] for name in target}
    kept = all(torch.equal(torch.as_tensor(found[name])[still[name]], start[name][still[name]]) for name in target)
    expect(kept, "Weights without a gradient have moved. Adam leaves them alone: weight decay, AdamW, a penalty?")
    way = sum((target[name] - start[name]).abs().sum().item() for name in target)
    error = sum((torch.as_tensor(found[name]) - target[name]).abs().sum().item() for name in target) / way
    expect(error < 0.01, f"After {steps} step(s) the weights are off by {error:.0%} of the way they should have moved.")


def first_loss_clue(logits, crossed, targets, first):
    """What a wrong first loss is the loss of, in words; empty when it is none of these."""
    vocab, flat = logits.shape[2], targets.flatten()
    each = F.cross_entropy(logits.flatten(0, 1), flat, reduction="none").reshape(targets.shape)
    for value, words in (
        (F.cross_entropy(logits.softmax(2).flatten(0, 1), flat), "of softmaxed logits: cross-entropy does that itself"),
        (F.cross_entropy(logits.reshape(len(logits), vocab, -1), targets), "after a reshape that mixes up the axes"),
        (F.cross_entropy(logits.flatten(0, 1), targets.T.flatten()), "of targets read in another order (T before N)"),
        (F.cross_entropy(logits.transpose(0, 1).flatten(0, 1), flat), "of logits read in another order (T before N)"),
        (F.cross_entropy(crossed.flatten(0, 1), flat), "of a model that is given (T, N) and not (N, T)"),
        (each[:, -1].mean(), "at the last position only"),
        (each[0].mean(), "of the first sequence only"),
        (each.sum(), "added up over all positions, not their mean"),
        (each.sum() / len(each), "added up along the sequences, not the mean over all positions"),
    ):
        if torch.allclose(first, value.double(), rtol=1e-3):
            return f"It is the loss {words}."
    return "It should be the mean over all N·T positions, of the model as it was given."


@question("train", weight=2, hint="F.cross_entropy of logits (N·T, V) and targets (N·T,), both flattened alike.")
def test_first_loss_of_several_sequences(submission, rng, device):
    """The first entry of the history is the untouched network's cross-entropy, the mean over all positions."""
    for count, length in ((5, 3), (4, 4), (1, 6), (3, 1)):
        trusted, net = network(submission, rng, 7)
        inputs, targets = drawn(rng, 7, count, length), drawn(rng, 7, count, length)
        found = losses(submission.train(net, inputs, targets, epochs=1, lr=0.01, device=device), 1)
        with torch.no_grad():
            logits, crossed = trusted(inputs), trusted(inputs.T).transpose(0, 1)
        expected = F.cross_entropy(logits.flatten(0, 1), targets.flatten()).double()
        right = torch.allclose(found[0], expected, rtol=1e-3)
        words = f"For inputs {(count, length)} the first loss is {found[0]:.4f}, and it should be {expected:.4f}."
        expect(right, words if right else f"{words} {first_loss_clue(logits, crossed, targets, found[0])}")


@question("train", weight=3, hint="One Adam for all epochs; in each: loss, zero_grad, backward, step.")
def test_steps_beside_adam(submission, rng, device):
    """train takes Adam's steps on the cross-entropy of all positions, one per epoch, on the network it was given."""
    for steps, lr, shape in ((6, 0.03, (3, 4)), (1, 0.05, (4, 3))):
        trusted, net = network(submission, rng, 7)  # one character never occurs: nothing may move its row
        inputs, targets = drawn(rng, 6, *shape), drawn(rng, 6, *shape)
        start = {name: value.clone() for name, value in trusted.state_dict().items()}
        history = submission.train(net, inputs, targets, epochs=steps, lr=lr, device=device)
        expected = adam_steps(trusted, inputs, targets, steps, lr)
        expect_trained(submission, net, start, trusted, steps)
        expect_close(losses(history, steps), expected, rtol=3e-3, what="train's history")


@question("train", hint="lr=0.1 is the default, and one entry per epoch goes into the list.")
def test_default_learning_rate(submission, rng, device):
    """Without lr the learning rate is 0.1, and the list has one falling loss per epoch."""
    trusted, net = network(submission, rng, 6)
    inputs, targets = drawn(rng, 6, 2, 5), drawn(rng, 6, 2, 5)
    start = {name: value.clone() for name, value in trusted.state_dict().items()}
    history = losses(submission.train(net, inputs, targets, epochs=5, device=device), 5)
    adam_steps(trusted, inputs, targets, 5, 0.1)
    expect_trained(submission, net, start, trusted, 5)
    expect(
        bool(history[-1] < history[0]), f"The loss does not fall: {history[0]:.4f} at first, {history[-1]:.4f} at last."
    )


# train, to the end -------------------------------------------------------------------------------------------------


def read_out(submission, net, inputs, vocab, device):
    """The network's answers (N, T) to windows."""
    net.to(device)
    output = net(submission.on(device, inputs))
    expect_shape(output, (*inputs.shape, vocab), what=f"CharRNN of indices {tuple(inputs.shape)}")
    return torch.as_tensor(output).argmax(dim=2)


def renumbered(rng, text, length):
    """Windows of a text and their targets, (N, length) each, the characters numbered in a random order; and V."""
    chars = rng.permutation(sorted(set(text))).tolist()
    codes = torch.tensor([chars.index(char) for char in text])
    windows = codes.unfold(0, length + 1, 1)
    return windows[:, :-1].contiguous(), windows[:, 1:].contiguous(), len(chars)


def share_learned(submission, sizes, inputs, targets, lr, seed, device, stitch=False):
    """Train a CharRNN of these sizes from a seed for 100 epochs; the share of its answers that is right."""
    vocab = sizes[0]
    submission.library("torch").manual_seed(seed)
    net = submission.CharRNN(*sizes)
    losses(submission.train(net, inputs, targets, epochs=100, lr=lr, seed=seed, device=device), 100)
    right = read_out(submission, net, inputs, vocab, device) == targets
    right = torch.cat([right[0], right[1:, -1]]) if stitch else right
    return right.double().mean().item()


@question(
    "train",
    weight=2,
    trains=True,
    seconds=0.1,
    given=("one_hot",),
    hint="If the other checks of model and train pass, this does.",
)
@pytest.mark.parametrize("text", [reference.GREETING, reference.PHRASE])
def test_short_text_exactly(submission, rng, device, reach, text):
    """After 100 epochs at 0.1 a network with 10 hidden numbers knows a short text without a mistake."""
    inputs, targets, vocab = renumbered(rng, text, len(text) - 1)

    def measure(seed):
        return share_learned(submission, (vocab, 10), inputs, targets, 0.1, seed, device)

    reach(measure, at_least=1, what=f"of the answers to {text[:-1]!r} right")


@question(
    "train",
    weight=2,
    trains=True,
    seconds=0.3,
    given=("one_hot",),
    hint="Two layers of 25, lr 0.03: every correct version gets there.",
)
def test_long_sentence(submission, rng, device, reach, threshold):
    """Two layers of 25, 100 epochs at 0.03: read out stitched, enough of the long sentence is right."""
    inputs, targets, vocab = renumbered(rng, reference.SENTENCE, 10)

    def measure(seed):
        return share_learned(submission, (vocab, 25, 2), inputs, targets, 0.03, seed, device, stitch=True)

    reach(measure, at_least=threshold["sentence"], what="of the sentence right")


# decode_prediction and generate, beside the student's own network ---------------------------------------------------


def shuffled_vocabulary(rng, count):
    """`count` characters in a random order, and their numbers."""
    chars = rng.permutation(list(LETTERS))[:count].tolist()
    return chars, {char: index for index, char in enumerate(chars)}


def expect_answers(submission, net, text, answers, vocabulary, device, what):
    """`answers` are the network's own most likely characters at the last places of `text`."""
    chars, numbers = vocabulary
    net.to(device)
    output = net(submission.on(device, torch.tensor([[numbers[char] for char in text]])))
    expect_shape(output, (1, len(text), len(chars)), what=f"CharRNN of indices (1, {len(text)})")
    logits = torch.as_tensor(output)[0]
    for number, (place, char) in enumerate(zip(range(len(text) - len(answers), len(text)), answers, strict=True), 1):
        expect(char in numbers, f"Answer {number} of {what} is {char!r}, which is not in the vocabulary.")
        room = 0.01 + 1e-4 * logits[place].abs().max()  # a near tie may fall either way
        close = bool(logits[place][numbers[char]] >= logits[place].max() - room)
        words = (
            f"Answer {number} of {what} is {char!r}; the largest logit is that of {chars[logits[place].argmax()]!r}."
        )
        expect(close, words)


GIVEN = ("encode", "one_hot")


@question(
    "generate", weight=1.5, given=GIVEN, hint="chars[i] for the place i of the largest logit along the last axis."
)
def test_prediction_at_every_position(submission, rng, device):
    """decode_prediction answers every position with the character of the largest logit, as long as the text."""
    for settings, length in (({}, 1), ({}, 14), ({"num_layers": 2, "embedding_size": 5}, 14)):
        chars, numbers = shuffled_vocabulary(rng, 9)
        net, _ = made(submission, 9, 12, **settings)
        text = text_of(rng, length, chars)
        submission.decode_prediction(net, chars[0] * 5, chars, numbers, device=device)  # leaves nothing behind
        answer = submission.decode_prediction(net, text, chars, numbers, device=device)
        expect_type(answer, str, what="decode_prediction's result")
        long = f"decode_prediction should answer every position: {len(text)} characters and not {len(answer)}."
        expect(len(answer) == len(text), long)
        expect_answers(submission, net, text, answer, (chars, numbers), device, "decode_prediction")


def written(submission, net, prefix, n, vocabulary, device):
    """What the student's generate adds to the prefix."""
    text = submission.generate(net, prefix, n, *vocabulary, device=device)
    expect_type(text, str, what="generate's result")
    expect(text.startswith(prefix), "generate's result should begin with the prefix.")
    added = len(text) - len(prefix)
    expect(added == n, f"generate should add n = {n} characters to the prefix; it adds {added}.")
    return text[len(prefix) :]


@question(
    "generate", weight=2, given=GIVEN, hint="Feed the last answer back in together with the hidden state kept so far."
)
def test_generate_follows_the_network(submission, rng, device):
    """Each new character is the network's answer to everything before it, prefix and own characters."""
    for settings in ({}, {"num_layers": 2}, {"embedding_size": 5}):
        vocabulary = shuffled_vocabulary(rng, 9)
        net, _ = made(submission, 9, 12, **settings)
        prefix = text_of(rng, 14, vocabulary[0])
        added = written(submission, net, prefix, 12, vocabulary, device)
        expect_answers(submission, net, prefix + added[:-1], added, vocabulary, device, "generate")


@question("generate", weight=0.5, given=GIVEN, hint="squeeze() without an axis also removes a sequence of length 1.")
def test_prefix_of_one_character(submission, rng, device):
    """A prefix of one character, and a single new character, are enough."""
    vocabulary = shuffled_vocabulary(rng, 9)
    net, _ = made(submission, 9, 12)
    for n in (1, 5):
        prefix = text_of(rng, 1, vocabulary[0])
        added = written(submission, net, prefix, n, vocabulary, device)
        expect_answers(submission, net, prefix + added[:-1], added, vocabulary, device, "generate")


@question(
    "generate", given=GIVEN, hint="Start from hidden state 0 (None for nn.RNN) in every call; keep it in a local name."
)
def test_calls_of_generate_are_independent(submission, rng, device):
    """The same call twice gives the same text, whatever was generated in between."""
    vocabulary = shuffled_vocabulary(rng, 9)
    net, _ = made(submission, 9, 12, num_layers=2)
    prefixes = [text_of(rng, length, vocabulary[0]) for length in (4, 9)]
    first = written(submission, net, prefixes[0], 12, vocabulary, device)
    written(submission, net, prefixes[1], 12, vocabulary, device)
    again = written(submission, net, prefixes[0], 12, vocabulary, device)
    expect(
        first == again, "The same prefix gives another text the second time: memory is kept between calls of generate."
    )


@question("generate", weight=2, given=GIVEN, hint="One character per step: the hidden state knows the rest.")
def test_prefix_is_read_once(submission, rng, device):
    """A further character costs the same after a long prefix as after a short one: nothing is read twice."""
    vocabulary = shuffled_vocabulary(rng, 9)
    net, _ = made(submission, 9, 16)
    costs = []
    for length in (4, 80):
        prefix = text_of(rng, length, vocabulary[0])
        counts = [submission.probe("work_of_generate", net, prefix, n, *vocabulary, device) for n in (3, 9)]
        for count in counts:
            expect_type(count, int, what="the numbers counted")
        costs.append((counts[1] - counts[0]) / 6)
    # Reading all again costs some ten times more here; keeping indices or states in a growing tensor, next to nothing.
    ratio = costs[1] / max(costs[0], 1)
    text = f"A further character takes {ratio:.0f} times as much work after 80 characters as after 4"
    expect(ratio < 3, f"{text}: the text so far is read again at every step. Carry the hidden state instead.")


# logit_floor -------------------------------------------------------------------------------------------------------


@question("floor", weight=2, hint="Best logits: bound for the right class, -bound for the k - 1 others.")
def test_floor_is_the_best_bounded_loss(submission, rng):
    """The floor is the cross-entropy of the best logits in [-bound, bound], for any k and bound."""
    for k in (2, 3, int(rng.integers(6, 30)), 1000):
        for bound in (1.0, 0.5, float(rng.uniform(1.2, 4)), 0):
            logits = torch.full((1, k), -float(bound), dtype=torch.float64)
            logits[0, k // 2] = bound
            expected = F.cross_entropy(logits, torch.tensor([k // 2])).item()
            expect_floor(submission, k, bound, expected)


def expect_floor(submission, k, bound, expected):
    """One call of logit_floor, what a wrong value is in words."""
    value = submission.logit_floor(k, bound)
    what = f"logit_floor({k}, {bound:.4g})"
    number = value.item() if isinstance(value, torch.Tensor | np.ndarray) and value.ndim == 0 else value
    expect_type(number, float, what=what)
    for other, words in (
        (math.exp(-expected), "That is the largest probability of the right class; the loss is minus its logarithm."),
        (expected / math.log(2), "That is with logarithm to base 2; cross-entropy uses the natural one."),
        (-expected, "The sign is flipped."),
        (math.log(1 + (k - 1) * math.exp(-bound)), "The logits are 2 · bound apart, from bound down to -bound."),
        (math.log(1 + k * math.exp(-2 * bound)), "There are k - 1 other classes, not k."),
    ):
        clue = words if math.isclose(number, other, rel_tol=1e-4) else ""
        right = math.isclose(number, expected, rel_tol=1e-4, abs_tol=1e-6)
        expect(right or not clue, f"{what} is {number:.4f}, and it should be {expected:.4f}. {clue}")
    expect_close(number, expected, rtol=1e-4, atol=1e-6, what=what)


@question("floor", weight=0.5, hint="bound=1.0 is the default: that of tanh.")
def test_floor_of_tanh(submission, rng):
    """Without bound it is the floor of tanh outputs: that of bound 1."""
    k = int(rng.integers(6, 40))
    for args in ((k, 1.0), (k,)):
        what = f"logit_floor({', '.join(map(str, args))})"
        expect_close(submission.logit_floor(*args), math.log(1 + (k - 1) * math.exp(-2)), rtol=1e-4, what=what)
