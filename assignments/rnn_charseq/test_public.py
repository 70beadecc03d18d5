"""Checks of rnn_charseq the student has: the worked examples, what a network may look at, and the greeting learned."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from autograder.grading import expect, expect_close, expect_dtype, expect_equal, expect_shape, expect_type, question

GREETING = "hihello"
CHARS = ["e", "h", "i", "l", "o"]
NUMBERS = {"e": 0, "h": 1, "i": 2, "l": 3, "o": 4}

# What several checks need ----------------------------------------------------------------------------------------


def pair(value, what, names):
    """Two things the student returned together."""
    expect_type(value, (tuple, list), what=what)
    expect(len(value) == 2, f"{what} should be two things, {names}; it is {len(value)}.")
    return value


def indices(text):
    """The numbers of a greeting's characters."""
    return torch.tensor([NUMBERS[char] for char in text])


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


def numbers(values, count, what):
    """The student's list of losses as a float64 tensor; fails in words when it is no list of `count` numbers."""
    expect_type(values, (list, tuple), what=what)
    expect(len(values) == count, f"{what} has {len(values)} entries, and there were {count} epochs: one loss each.")
    expect(all(is_number(value) for value in values), f"{what} should hold plain numbers, one loss per epoch.")
    return torch.tensor([float(value) for value in values], dtype=torch.float64)


def network(submission, what, *sizes, **settings):
    """A new CharRNN of the student's, always from the same start."""
    submission.library("torch").manual_seed(1)
    net = submission.CharRNN(*sizes, **settings)
    expect(hasattr(net, "structure"), f"{what} should be a torch.nn.Module; it is {net!r:.60}.")
    return net


def logits_of(submission, net, x, vocab, what, device="cpu"):
    """The network's logits, their shape checked."""
    output = net(submission.on(device, x))
    expect(not isinstance(output, tuple | list), f"{what} should return the logits alone, and not several things.")
    expect_shape(output, (*x.shape, vocab), what=f"{what} of indices {tuple(x.shape)}")
    expect_dtype(output, "float", what=what)
    return torch.as_tensor(output)


# build_vocab, encode, one_hot ------------------------------------------------------------------------------------


@question("vocab", hint="sorted(set(text)) is the list; enumerate it for the dict.")
def test_vocabulary_of_the_greeting(submission):
    """The vocabulary of hihello is e, h, i, l, o, in this order, numbered from 0."""
    chars, char_to_index = pair(submission.build_vocab(GREETING), "build_vocab's result", "(chars, char_to_index)")
    expect_type(chars, (list, tuple), what="chars")
    expect_equal(list(chars), CHARS, what='chars of "hihello"')
    expect_type(char_to_index, dict, what="char_to_index")
    whole = all(isinstance(value, int | np.integer) for value in char_to_index.values())
    expect(
        whole and char_to_index == NUMBERS,
        f'char_to_index of "hihello" should be {NUMBERS}; it is {char_to_index!r:.200}.',
    )


@question("vocab", hint="One number per character, as torch.tensor(…, dtype=torch.long); one 1 per row of one_hot.")
def test_greeting_as_numbers_and_rows(submission):
    """hihello is 1 2 1 0 3 3 4, and one_hot gives each number a row of five with a single 1."""
    codes = submission.encode(GREETING, NUMBERS)
    expect_type(codes, torch.Tensor, what='encode("hihello", …)')
    expect_equal(codes, torch.tensor([1, 2, 1, 0, 3, 3, 4]), what='encode("hihello", …)')
    expect_dtype(codes, torch.int64, what='encode("hihello", …)')
    rows = submission.one_hot(indices("hello"), 5)
    expect_close(rows, torch.eye(5)[indices("hello")], what="one_hot([1, 0, 3, 3, 4], 5)")
    expect_dtype(rows, "float", what="one_hot([1, 0, 3, 3, 4], 5)")


# make_windows ----------------------------------------------------------------------------------------------------


@question("windows", hint="range(len(text) - length) has all starts; a target begins one character after its window.")
def test_windows_of_the_greeting(submission):
    """hihello has three windows of length 4: hihe → ihel, ihel → hell, hell → ello."""
    found = submission.make_windows(GREETING, 4)
    expect_type(found, (list, tuple), what="make_windows's result")
    expected = [("hihe", "ihel"), ("ihel", "hell"), ("hell", "ello")]
    expect(len(found) == 3, f'make_windows("hihello", 4) should have 3 pairs; it has {len(found)}.')
    found = [tuple(pair(value, "each item of make_windows's result", "(window, target)")) for value in found]
    expect_equal(found, expected, what='make_windows("hihello", 4)')


# rnn_step --------------------------------------------------------------------------------------------------------


@question("step", hint="Four terms under one tanh: x @ w_ih.T, b_ih, h @ w_hh.T and b_hh.")
def test_worked_example_of_a_step(submission):
    """The worked example gives tanh(0.5, -0.5) = (0.4621, -0.4621), for one sequence and for two alike ones."""
    x, h = torch.tensor([[1.0]]), torch.tensor([[0.5, -1.0]])
    w_ih, b_ih = torch.tensor([[1.0], [-2.0]]), torch.tensor([0.1, 0.2])
    w_hh, b_hh = torch.tensor([[0.0, 1.0], [3.0, 0.0]]), torch.tensor([0.4, -0.2])
    expected = torch.tensor([[0.5, -0.5]]).tanh()
    for count in (1, 2):
        rows = submission.rnn_step(x.repeat(count, 1), h.repeat(count, 1), w_ih, b_ih, w_hh, b_hh)
        expect_close(rows, expected.repeat(count, 1), what=f"rnn_step's result for {count} worked example(s)")


# CharRNN and output_shapes ---------------------------------------------------------------------------------------


@question("model", hint="One-hot or nn.Embedding, nn.RNN(…, batch_first=True), nn.Linear, and nothing after it.")
def test_logits_for_every_position(submission, rng):
    """CharRNN turns indices (N, T) into logits (N, T, V), with one layer or two, one-hot or with an embedding."""
    for settings in ({}, {"num_layers": 2}, {"embedding_size": 3}):
        net = network(submission, "CharRNN(7, 5)", 7, 5, **settings)
        for count, length in ((4, 6), (1, 3)):
            x = torch.tensor(rng.integers(0, 7, size=(count, length)))
            logits = logits_of(
                submission, net, x, 7, f"CharRNN(7, 5{''.join(f', {k}={v}' for k, v in settings.items())})"
            )
            sums = logits.exp().sum(dim=2)
            softmax = bool((logits >= 0).all()) and torch.allclose(logits.sum(dim=2), torch.ones(count, length))
            expect(not softmax, "The outputs are positive and sum to 1 over the characters: leave the softmax out.")
            expect(not torch.allclose(sums, torch.ones(1)), "The outputs are log-probabilities: leave log_softmax out.")


@question(
    "model", hint="batch_first=True: without it, memory runs from row to row and not from character to character."
)
def test_what_a_position_may_know(submission, rng):
    """An answer depends on all characters up to its place, on none after it, and on no other sequence of the batch."""
    net = network(submission, "CharRNN(7, 6)", 7, 6)
    x = torch.tensor(rng.integers(0, 7, size=(3, 4)))
    before = logits_of(submission, net, x, 7, "CharRNN(7, 6)")
    again = logits_of(submission, net, x, 7, "CharRNN(7, 6)")
    same = torch.allclose(before, again, atol=1e-5)
    expect(same, "The same input twice gives two answers: every call must start from the hidden state 0.")

    other = x.clone()
    other[0] = (x[0] + 1) % 7
    rows = torch.allclose(logits_of(submission, net, other, 7, "CharRNN(7, 6)")[1:], before[1:], atol=1e-5)
    expect(
        rows,
        "Another first sequence changes the other answers: is batch_first=True missing, or does a view mix axes?",
    )

    other = x.clone()
    other[:, -1] = (x[:, -1] + 1) % 7
    future = torch.allclose(logits_of(submission, net, other, 7, "CharRNN(7, 6)")[:, :-1], before[:, :-1], atol=1e-5)
    expect(future, "Another last character changes earlier answers: the network reads what it should predict.")

    other = x.clone()
    other[:, 0] = (x[:, 0] + 1) % 7
    memory = not torch.allclose(logits_of(submission, net, other, 7, "CharRNN(7, 6)")[:, 1], before[:, 1], atol=1e-6)
    expect(memory, "The answer at the second position does not depend on the first character: nothing is remembered.")


@question(
    "model", weight=0.5, hint="Both directions side by side in the output; one hidden state per layer and direction."
)
def test_shapes_of_a_worked_example(submission):
    """3 sequences of 5 steps, 2 hidden numbers: (3, 5, 2), (1, 3, 2); with 2 layers both ways (3, 5, 4), (4, 3, 2)."""
    for args, expected in (
        ((3, 5, 2, 1, False), ((3, 5, 2), (1, 3, 2))),
        ((3, 5, 2, 2, True), ((3, 5, 4), (4, 3, 2))),
    ):
        what = f"output_shapes{args}"
        found = pair(submission.output_shapes(*args), what, "(output_shape, hidden_shape)")
        for name, mine, theirs in zip(("output_shape", "hidden_shape"), found, expected, strict=True):
            expect_type(mine, (tuple, list), what=f"{name} of {what}")
            expect_equal(tuple(mine), theirs, what=f"{name} of {what}")


# train -----------------------------------------------------------------------------------------------------------


@question("train", weight=2, hint="logits.reshape(-1, V) and targets.reshape(-1), both in the order of the positions.")
def test_first_loss_is_that_of_the_untouched_network(submission, rng, device):
    """The first entry of the history is the loss of the network as it was given, over all positions; then it falls."""
    x, y = (torch.tensor(rng.integers(0, 6, size=(3, 4))) for _ in range(2))
    table = torch.tensor(rng.normal(size=(6, 6)), dtype=torch.float32)
    net = submission.library("torch.nn").Embedding.from_pretrained(table, freeze=False)
    history = submission.train(net, x, y, epochs=4, lr=0.01, device=device)
    losses = numbers(history, 4, "train's history")
    logits = table[x]
    if not torch.allclose(losses[0], F.cross_entropy(logits.flatten(0, 1), y.flatten()).double(), rtol=1e-3):
        squashed = F.cross_entropy(logits.softmax(2).flatten(0, 1), y.flatten()).double()
        soft = torch.allclose(losses[0], squashed, rtol=1e-3)
        expect(not soft, "The first loss is that of softmaxed logits: cross-entropy does the softmax itself.")
    expect_close(
        losses[0], F.cross_entropy(logits.flatten(0, 1), y.flatten()).double(), rtol=1e-3, what="the first loss"
    )
    expect(bool(losses[-1] < losses[0]), f"The loss does not fall: {losses[0]:.4f} at first, {losses[-1]:.4f} at last.")


@question(
    "train", trains=True, seconds=0.1, given=("one_hot",), hint="First make the other checks of model and train pass."
)
def test_hihell_becomes_ihello(submission, device, reach):
    """CharRNN(5, 10), trained for 100 epochs with the learning rate 0.1, reads hihell and answers ihello."""
    x, y = indices(GREETING[:-1]).unsqueeze(0), indices(GREETING[1:]).unsqueeze(0)

    def measure(seed):
        submission.library("torch").manual_seed(seed)
        net = submission.CharRNN(5, 10)
        submission.train(net, x, y, epochs=100, lr=0.1, seed=seed, device=device)
        net.to(device)
        best = logits_of(submission, net, x, 5, "CharRNN(5, 10)", device).argmax(dim=2)
        return (best == y).double().mean().item()

    reach(measure, at_least=1, what="of the characters of ihello right")


# decode_prediction and generate ----------------------------------------------------------------------------------


def expect_answers(submission, net, text, answers, device, what):
    """`answers` are the network's own most likely characters at the last places of `text`."""
    net.to(device)
    logits = logits_of(submission, net, indices(text).unsqueeze(0), 5, "CharRNN(5, 10)", device)[0]
    for place, char in zip(range(len(text) - len(answers), len(text)), answers, strict=True):
        best = logits[place].argmax().item()
        close = char in NUMBERS and bool(logits[place][NUMBERS[char]] > logits[place][best] - 1e-3)  # ties to rounding
        expect(
            close, f"{what} answers {char!r} after {text[: place + 1]!r}; the largest logit is that of {CHARS[best]!r}."
        )


@question("generate", given=("encode", "one_hot"), hint="model(x) for x of shape (1, T), argmax over the last axis.")
def test_answer_at_every_position(submission, device):
    """decode_prediction gives the network's most likely next character at every position."""
    net = network(submission, "CharRNN(5, 10)", 5, 10)
    answer = submission.decode_prediction(net, "hihell", CHARS, NUMBERS, device=device)
    expect_type(answer, str, what="decode_prediction's result")
    expect(len(answer) == 6, f"decode_prediction of 'hihell' should have 6 characters; it is {answer!r:.60}.")
    expect_answers(submission, net, "hihell", answer, device, "decode_prediction")


@question(
    "generate", given=("encode", "one_hot"), hint="Read the prefix, then feed each answer back in, n times in all."
)
def test_four_more_characters(submission, device):
    """generate returns the prefix and exactly n characters, the first of which is the answer to the whole prefix."""
    net = network(submission, "CharRNN(5, 10)", 5, 10)
    text = submission.generate(net, "hih", 4, CHARS, NUMBERS, device=device)
    expect_type(text, str, what="generate's result")
    expect(text.startswith("hih"), f"generate's result should begin with the prefix 'hih'; it is {text!r:.60}.")
    expect(len(text) == 7, f"generate(model, 'hih', 4, …) should have 3 + 4 characters; it has {len(text)}.")
    expect_answers(submission, net, "hih", text[3], device, "generate")


# logit_floor -----------------------------------------------------------------------------------------------------


@question("floor", hint="math.log(1 + (k - 1) * math.exp(-2 * bound)), natural logarithm.")
def test_floor_of_five_classes(submission):
    """With five classes and logits between -1 and 1 the loss cannot fall below 0.4327; with bound 0 it is log 5."""
    for args, expected in (((5, 0.0), math.log(5)), ((5, 1.0), 0.4326529), ((5,), 0.4326529)):
        what = f"logit_floor({', '.join(map(str, args))})"
        expect_close(submission.logit_floor(*args), expected, rtol=1e-5, what=what)
