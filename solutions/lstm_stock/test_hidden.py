"""Checks of lstm_stock the student never has: what leaks break, single gates, networks explained, unseen days."""

import itertools

import numpy as np
import pytest
import torch
from network_copies import what_ran
from torch import nn
from torch.nn import functional as F

from autograder.data import bundled_file
from autograder.data.stock import read_stock, synthetic_rows
from autograder.grading import expect, expect_close, expect_dtype, expect_shape, expect_type, question

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def tensor(values, dtype=torch.float32):
    """A tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=dtype)


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


def losses(values, count, what="train's history"):
    """The student's list of losses as a float64 tensor; fails in words when it is no list of `count` finite numbers."""
    expect_type(values, (list, tuple), what=what)
    expect(len(values) == count, f"{what} has {len(values)} entries, and there were {count} epochs: one loss each.")
    expect(all(is_number(value) for value in values), f"{what} should hold plain numbers, one loss per epoch.")
    numbers = torch.tensor([float(value) for value in values], dtype=torch.float64)
    expect(bool(numbers.isfinite().all()), f"{what} holds NaN or infinity: the training went astray.")
    return numbers


def both(pair, what, names):
    """The two things a function of the student returned."""
    expect_type(pair, (tuple, list), what=what)
    expect(len(pair) == 2, f"{what} should return two things, ({names}); it returned {len(pair)}.")
    return pair


def made(thing, what):
    """An object that stays with the submission; a value that came back in its place is not one."""
    expect(hasattr(thing, "structure"), f"{what} must be a class, but calling it gave {thing!r:.60}.")
    return thing


def prices(rng, days, columns=5):
    """Random rows (days, columns) whose columns have very different scales, like prices and volumes."""
    scale = 10.0 ** rng.uniform(0, 6, size=columns) * rng.choice([-1.0, 1.0], size=columns)
    return scale * rng.uniform(1, 3, size=(days, columns)) * rng.choice([1.0, 2.0], size=columns)


# chronological_split ------------------------------------------------------------------------------------------------


def divided(submission, rows, *args, what, **kwargs):
    """The student's two parts, as arrays with the columns of `rows`."""
    parts = both(submission.chronological_split(rows, *args, **kwargs), what, "train, test")
    for name, part in zip(("training", "test"), parts, strict=True):
        expect_type(part, (np.ndarray, torch.Tensor, list, tuple), what=f"the {name} part of {what}")
        expect(len(part) > 0, f"The {name} part of {what} is empty.")
        expect_shape(part, (len(part), rows.shape[1]), what=f"the {name} part of {what}")
    found = [np.asarray(part) for part in parts]
    numbers = all(part.dtype.kind in "fiu" and bool(np.isfinite(part).all()) for part in found)
    expect(numbers, f"{what} should return the rows it was given, and there is NaN or no number in them.")
    return found


def expect_days(part, first, last, name):
    """`part` holds the days first … last - 1, told by its first column; the message says what is wrong with them."""
    days = [int(day) for day in part[:, 0].round()]
    if days == list(range(first, last)):
        return
    expect(len(days) < 2 or days != sorted(days, reverse=True), f"{name} is newest first: keep the order of the rows.")
    expect(days == sorted(days), f"{name} is not in the order of time: do not shuffle a time series.")
    expect(False, f"{name} should be the days {first} to {last - 1}, and it is the days {days[0]} to {days[-1]}.")


@question("split", hint="int(len(rows) * train_fraction) rows for training: rounded down, in their order.")
@pytest.mark.parametrize(("days", "fraction"), [(23, 0.7), (24, 0.7), (51, 0.85), (11, 0.5)])
def test_first_part_trains(submission, rng, days, fraction):
    """The first int(n * fraction) days train, the others test, in the order of time and with all their columns."""
    rows = np.column_stack([np.arange(days), rng.normal(size=(days, 2))])
    what = f"chronological_split of {days} rows at {fraction}"
    train, test = divided(submission, rows, fraction, what=what)
    cut = int(days * fraction)
    expect_days(train, 0, cut, "The training part")
    expect_days(test, cut, days, "The test part")
    expect_close(train, rows[:cut], what=f"the training part of {what}")
    expect_close(test, rows[cut:], what=f"the test part of {what}")


@question("split", hint="Only the test part starts earlier; the training part does not change.")
def test_context_days(submission, rng):
    """With context=5 the test part starts with the last 5 training days; the training part keeps them too."""
    rows = rng.normal(size=(19, 4))
    train, test = divided(submission, rows, context=3, what="chronological_split of 19 rows with context=3")
    expect_close(train, rows[:13], what="the training part of rows of random numbers (keep their order)")
    expect_close(test, rows[10:], what="the test part of rows of random numbers (keep their order)")
    rows = np.column_stack([np.arange(30), rng.normal(size=(30, 4))])
    train, test = divided(submission, rows, context=5, what="chronological_split of 30 rows with context=5")
    expect_days(train, 0, 21, "With context=5 the training part")
    expect_days(test, 16, 30, "With context=5 the test part")


@question("split", weight=0.5, hint="Slices are enough; a shuffle in place would change the rows themselves.")
def test_rows_stay_as_they_are(submission, rng):
    """chronological_split leaves the rows it was given as they were."""
    rows = np.column_stack([np.arange(20), rng.normal(size=(20, 4))])
    kept = submission.keep(rows)
    submission.chronological_split(kept)
    expect_close(kept.value(), rows, what="the array of rows after chronological_split")


# MinMaxScaler -------------------------------------------------------------------------------------------------------


def fitted(submission, rows):
    """A scaler of the student's, fitted; `fit` need not have returned it."""
    scaler = made(submission.MinMaxScaler(), "MinMaxScaler")
    scaler.fit(rows)
    return scaler


def scaled(train, rows):
    """Min-max scaling by the training rows."""
    return (rows - train.min(axis=0)) / (train.max(axis=0) - train.min(axis=0))


@question("scaler", hint="rows.min(axis=0), rows.max(axis=0) in fit, and in transform no minimum or maximum at all.")
def test_every_column_by_its_training_rows(submission, rng):
    """Each column is scaled by its own minimum and maximum among the training rows, in test rows too."""
    for days in (2, 40):
        train, test = prices(rng, days), prices(rng, 15)
        scaler = fitted(submission, train)
        expect_close(scaler.transform(train), scaled(train, train), rtol=1e-5, what="transform of the training rows")
        expect_close(scaler.transform(test), scaled(train, test), rtol=1e-5, what="transform of the test rows")
        one = scaler.transform(test[:1])
        expect_close(one, scaled(train, test[:1]), rtol=1e-5, what="transform of a single test row")


@question("scaler", hint="No clip in transform: a price above all training prices is above 1.")
def test_outside_stays_outside(submission, rng):
    """Test rows of ±10⁶ are scaled by the same straight line as all others; the training rows do not notice."""
    train = rng.uniform(100, 200, size=(25, 5))
    test = np.concatenate([rng.choice([-1e6, 1e6], size=(8, 5)), rng.uniform(110, 190, size=(4, 5))])
    scaler = fitted(submission, train)
    actual, expected = scaler.transform(test), scaled(train, test)
    expect_shape(actual, test.shape, what="transform of test rows far outside")
    inside = bool((np.abs(np.asarray(actual)) <= 1 + 1e-9).all())
    expect(not inside, "transform of rows far outside the training range lies in 0 … 1: clipped, or fitted again?")
    expect_close(actual, expected, rtol=1e-5, what="transform of test rows far outside")
    again = scaler.transform(train)
    expect_close(again, scaled(train, train), rtol=1e-5, what="transform of the training rows after that of test rows")


@question("scaler", hint="np.where(span == 0, 1, span), or a tiny number added to the span.")
def test_constant_column(submission, rng):
    """A column whose training values are all equal gives finite numbers and leaves the other columns right."""
    for column in (3, 4):
        train, test = prices(rng, 12), prices(rng, 5)
        train[:, column] = 7.0
        test[:, column] = [7.0, 7.0, 6.0, 7.0, 9.0]
        scaler = fitted(submission, train)
        others = [index for index in range(5) if index != column]
        for name, rows in (("training", train), ("test", test)):
            actual = scaler.transform(rows)
            expect_shape(actual, rows.shape, what=f"transform of {name} rows with a constant column")
            array = np.asarray(actual)
            finite = bool(np.isfinite(array[:, column]).all())
            expect(
                finite,
                "A column whose values are all equal gives NaN or infinity: its range is 0, do not divide by it.",
            )
            expected = scaled(train[:, others], rows[:, others])
            expect_close(
                array[:, others], expected, rtol=1e-5, what=f"transform of the other columns of the {name} rows"
            )
        if column == 4:
            back = scaler.inverse_close(np.asarray(scaler.transform(train))[:, -1:])
            expect_close(back, train[:, -1:], rtol=1e-5, what="inverse_close of a constant close that was transformed")


@question("scaler", hint="Use the last column's numbers; value * (max - min) + min works for arrays and tensors.")
def test_inverse_close_leads_back(submission, rng):
    """inverse_close undoes transform for the close, also outside of 0 … 1, in any shape, for tensors too."""
    train = prices(rng, 30)
    scaler = fitted(submission, train)
    low, high = train[:, -1].min(), train[:, -1].max()
    for shape in ((9, 1), (1, 1), (6,)):
        values = rng.uniform(-0.5, 1.5, size=shape)
        expected = values * (high - low) + low
        kept = submission.keep(values)
        actual = scaler.inverse_close(kept)
        expect_close(actual, expected, rtol=1e-5, what=f"inverse_close of an array {shape}")
        expect_close(kept.value(), values, what="the array given to inverse_close, afterwards (return a new one)")
        actual = scaler.inverse_close(tensor(values))
        expect_close(actual, expected, rtol=1e-4, what=f"inverse_close of a tensor {shape}, as predict returns it")


@question("scaler", weight=0.5, hint="self.…, not attributes of the class; a new array, not rows -= ….")
def test_scalers_are_separate_and_leave_rows_alone(submission, rng):
    """Two scalers do not know of each other, and neither fit nor transform changes the rows it was given."""
    first, second = prices(rng, 10), prices(rng, 10)
    kept = submission.keep(first)
    scaler = fitted(submission, kept)
    scaler.transform(kept)
    expect_close(kept.value(), first, what="the array of rows after fit and transform (return a new one)")
    fitted(submission, second)
    what = "transform of a scaler after another one was fitted on other rows"
    expect_close(scaler.transform(first), scaled(first, first), rtol=1e-5, what=what)


@question("scaler", weight=0.5, hint="fit forgets what it was fitted on before.")
def test_fitted_again(submission, rng):
    """A scaler that is fitted a second time scales by the rows of the second time."""
    first, second = prices(rng, 12), 3 * prices(rng, 9)
    scaler = fitted(submission, first)
    scaler.fit(second)
    what = "transform of a scaler that was fitted a second time, on other rows"
    expect_close(scaler.transform(first), scaled(second, first), rtol=1e-5, what=what)


# make_windows -------------------------------------------------------------------------------------------------------


@question("windows", weight=2, hint="X[i] is rows[i : i + length]; y[i] is the last column of row i + length.")
@pytest.mark.parametrize(("days", "length", "columns"), [(12, 5, 3), (8, 7, 5), (20, 1, 2), (15, 4, 1)])
def test_windows_of_numbered_days(submission, rng, days, length, columns):
    """With day * 10 + column as values it is plain to see which days and columns X and y hold; both are float32."""
    rows = 10.0 * np.arange(days)[:, None] + np.arange(columns)
    count = days - length
    X, y = both(submission.make_windows(rows, length), "make_windows", "X, y")
    what = f"of {days} rows ({days}, {columns}) in windows of {length}"
    expect_shape(X, (count, length, columns), what=f"X {what}")
    expect_shape(y, (count, 1), what=f"y {what}")
    expect_dtype(X, "float32", what=f"X {what}")
    expect_dtype(y, "float32", what=f"y {what}")
    found, expected = np.asarray(y)[:, 0], rows[length:, -1]
    inside = np.allclose(found, expected - 10)
    expect(
        not inside, "y is the close of the window's own last day: the target is inside its window. Take the day after."
    )
    other = columns > 1 and bool(np.allclose(found // 10, expected // 10)) and not np.allclose(found, expected)
    expect(not other, "y has the right days but not the last column: the target is the close, rows[…, -1:].")
    expect_close(y, expected[:, None], what=f"y {what}")
    expect_close(X, np.stack([rows[i : i + length] for i in range(count)]), what=f"X {what}")


@question("windows", hint="torch.tensor(…, dtype=torch.float32) copies the values as they are.")
def test_windows_of_random_rows(submission, rng):
    """Windows of random rows hold their values unchanged, and the rows stay as they were."""
    rows = rng.normal(size=(31, 5))
    kept = submission.keep(rows)
    X, y = both(submission.make_windows(kept, 7), "make_windows", "X, y")
    expect_close(X, np.stack([rows[i : i + 7] for i in range(24)]), rtol=1e-5, what="X of random rows")
    expect_close(y, rows[7:, -1:], rtol=1e-5, what="y of random rows")
    expect_close(kept.value(), rows, what="the rows after make_windows")


# lstm_step and gru_step ---------------------------------------------------------------------------------------------

SIZES = [(1, 3, 2), (4, 5, 3), (3, 1, 4), (6, 2, 1)]  # N, D, h
OPEN, SHUT = 60.0, -60.0  # as biases: a gate that is 1 or 0 to the last digit


def step_inputs(rng, gates, size, states, dtype=torch.float64):
    """x, `states` states, w and b of a step for (N, D, h) = size, all random."""
    n, d, h = size
    shapes = [(n, d), *[(n, h)] * states, (gates * h, d + h), (gates * h,)]
    return [tensor(rng.normal(size=shape), dtype) for shape in shapes]


def lstm(x, h, c, w, b):
    """(h, c) after one step, by the formula."""
    i, f, g, o = (torch.cat([x, h], dim=1) @ w.T + b).chunk(4, dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru(x, h, w, b):
    """h after one step, by the formula: the reset comes before the product."""
    size = h.shape[1]
    gates = torch.cat([x, h], dim=1) @ w[: 2 * size].T + b[: 2 * size]
    r, z = gates.sigmoid().chunk(2, dim=1)
    n = (torch.cat([x, r * h], dim=1) @ w[2 * size :].T + b[2 * size :]).tanh()
    return (1 - z) * n + z * h


def only(values, h, blocks):
    """Set weights of these blocks of w (the last but one of values) to 0 and their biases to a constant."""
    *rest, w, b = [value.clone() for value in values]
    for block, bias in blocks.items():
        w[block * h : (block + 1) * h] = 0.0
        b[block * h : (block + 1) * h] = bias
    return [*rest, w, b]


@question("lstm_step", weight=2, hint="torch.cat([x, h], dim=1) @ w.T + b, cut into i, f, g, o.")
def test_lstm_is_its_formula(submission, rng):
    """The step is the formula's, for several sizes, a batch of one, float32 and float64, and changes no input."""
    for size, dtype in (
        (SIZES[0], torch.float64),
        (SIZES[1], torch.float64),
        (SIZES[2], torch.float32),
        (SIZES[3], torch.float64),
    ):
        values = step_inputs(rng, 4, size, 2, dtype)
        kept = [submission.keep(value) for value in values]
        new_h, new_c = both(submission.lstm_step(*kept), "lstm_step", "h, c")
        right_h, right_c = lstm(*values)
        expect_shape(new_h, tuple(right_h.shape), what="the new h")
        expect_shape(new_c, tuple(right_c.shape), what="the new c")
        swapped = all(np.allclose(a, b, rtol=1e-4) for a, b in ((new_h, right_c), (new_c, right_h)))
        expect(not swapped, "lstm_step returns (c, h): first the new h, then the new c.")
        tolerance = 1e-4 if dtype == torch.float32 else 1e-6
        expect_close(new_c, right_c, rtol=tolerance, what="the new c")
        expect_close(new_h, right_h, rtol=tolerance, what="the new h")
        for name, handle, value in zip("xhcwb", kept, values, strict=True):
            expect_close(handle.value(), value, what=f"{name} after lstm_step (it should stay as it was)")


def lstm_with(submission, rng, blocks, big_cell=False):
    """x, h, c, w, b with some blocks fixed, and what the student's step makes of them."""
    n, d, h = 5, 4, 3
    values = only(step_inputs(rng, 4, (n, d, h), 2), h, blocks)
    if big_cell:
        values[2] = 3 * values[2]
    new_h, new_c = both(submission.lstm_step(*values), "lstm_step", "h, c")
    expect_shape(new_h, (n, h), what="the new h")
    expect_shape(new_c, (n, h), what="the new c")
    x, state, _, w, b = values
    sums = (torch.cat([x, state], dim=1) @ w.T + b).chunk(4, dim=1)
    return values, sums, new_h, new_c


@question("lstm_step", hint="The second block of rows is the forget gate: sigmoid(f) * c.")
def test_forget_gate_alone(submission, rng):
    """With the input gate shut the new cell is σ(f)·c: the second block of w's rows, times the old cell."""
    values, (_, f, _, _), _, new_c = lstm_with(submission, rng, {0: SHUT})
    what = "the new c with the input gate shut, which should be sigmoid(f) * c,"
    expect_close(new_c, f.sigmoid() * values[2], rtol=1e-6, what=what)


@question("lstm_step", hint="The first block of rows is the input gate: it multiplies the candidate.")
def test_input_gate_alone(submission, rng):
    """With the forget gate shut and the candidate at 1 the new cell is σ(i): the first block of w's rows."""
    _, (i, _, _, _), _, new_c = lstm_with(submission, rng, {1: SHUT, 2: OPEN})
    what = "the new c with the forget gate shut and the candidate at 1, which should be sigmoid(i),"
    expect_close(new_c, i.sigmoid(), rtol=1e-6, what=what)


@question("lstm_step", hint="The third block of rows is the candidate: tanh, not sigmoid.")
def test_candidate_alone(submission, rng):
    """With the forget gate shut and the input gate open the new cell is tanh(g): the third block of w's rows."""
    _, (_, _, g, _), _, new_c = lstm_with(submission, rng, {1: SHUT, 0: OPEN})
    what = "the new c with the forget gate shut and the input gate open, which should be tanh(g),"
    expect_close(new_c, g.tanh(), rtol=1e-6, what=what)


@question("lstm_step", hint="h = sigmoid(o) * tanh(the new c); o is the fourth block of rows.")
def test_output_gate_alone(submission, rng):
    """With the input gate shut and the forget gate open the cell stays, and the new h is σ(o)·tanh(c)."""
    values, (_, _, _, o), new_h, new_c = lstm_with(submission, rng, {0: SHUT, 1: OPEN}, big_cell=True)
    expect_close(
        new_c, values[2], rtol=1e-6, what="the new c with the input gate shut and the forget gate open (it stays)"
    )
    bare = np.allclose(np.asarray(new_h), o.sigmoid() * values[2], rtol=1e-5)
    expect(not bare, "The new h is sigmoid(o) * c: the tanh of the cell is missing.")
    what = "the new h with an unchanged cell, which should be sigmoid(o) * tanh(c),"
    expect_close(new_h, o.sigmoid() * values[2].tanh(), rtol=1e-6, what=what)


def expect_step_gradients(submission, name, formula, values, upstream):
    """Backward through the student's step gives every input the gradient that backward through the formula gives it."""
    leaves = [value.clone().requires_grad_() for value in values]
    result = formula(*leaves)
    outputs = result if isinstance(result, tuple) else (result,)
    sum((output * weight).sum() for output, weight in zip(outputs, upstream, strict=True)).backward()
    found = submission.probe("step_gradients", name, values, upstream)
    expect_type(found, list, what="the gradients")
    names = "xhcwb" if len(values) == 5 else "xhwb"
    expect(len(found) == len(names), "The gradients could not be read.")
    for label, grad, leaf in zip(names, found, leaves, strict=True):
        expect(isinstance(grad, torch.Tensor), f"No gradient reaches {label} through {name}: something is detached.")
        expect_close(grad, leaf.grad, rtol=1e-6, what=f"the gradient of {label} through {name}")


@question("lstm_step", hint="torch operations all the way: no detach, no .item(), no NumPy, no new tensor of values.")
def test_gradients_of_lstm_step(submission, rng):
    """Backward through the step reaches x, h, c, w and b with the formula's gradients."""
    values = step_inputs(rng, 4, (3, 4, 2), 2)
    expect_step_gradients(
        submission, "lstm_step", lstm, values, [tensor(rng.normal(size=(3, 2)), torch.float64) for _ in "hc"]
    )


@question("lstm_step", hint="The returned h and c are the next step's; nothing is kept between calls.")
def test_five_steps_are_an_lstm(submission, rng):
    """Five steps in a row, each with the h and c of the one before, give what nn.LSTM gives for the sequence."""
    layer = nn.LSTM(3, 4).double()
    state = {name: tensor(rng.normal(size=tuple(v.shape)), torch.float64) for name, v in layer.state_dict().items()}
    layer.load_state_dict(state)
    xs = tensor(rng.normal(size=(5, 2, 3)), torch.float64)
    w = torch.cat([layer.weight_ih_l0, layer.weight_hh_l0], dim=1).detach()
    b = (layer.bias_ih_l0 + layer.bias_hh_l0).detach()
    h = c = torch.zeros(2, 4, dtype=torch.float64)
    for x in xs:
        h, c = both(submission.lstm_step(x, h, c, w, b), "lstm_step", "h, c")
        expect_shape(h, (2, 4), what="the new h")
        expect_shape(c, (2, 4), what="the new c")
    with torch.no_grad():
        expect_close(h, layer(xs)[0][-1], rtol=1e-5, what="h after five steps")


@question("gru_step", weight=2, hint="Blocks r, z, n; the candidate is computed from x and r * h.")
def test_gru_is_its_formula(submission, rng):
    """The step is the formula's, for several sizes, a batch of one, float32 and float64, and changes no input."""
    for size, dtype in (
        (SIZES[0], torch.float64),
        (SIZES[1], torch.float64),
        (SIZES[2], torch.float32),
        (SIZES[3], torch.float64),
    ):
        values = step_inputs(rng, 3, size, 1, dtype)
        kept = [submission.keep(value) for value in values]
        actual = submission.gru_step(*kept)
        tolerance = 1e-4 if dtype == torch.float32 else 1e-6
        expect_close(actual, gru(*values), rtol=tolerance, what="the new h")
        for name, handle, value in zip("xhwb", kept, values, strict=True):
            expect_close(handle.value(), value, what=f"{name} after gru_step (it should stay as it was)")


def gru_with(submission, rng, blocks):
    """x, h, w, b with some blocks fixed, and what the student's step makes of them."""
    n, d, h = 5, 4, 3
    values = only(step_inputs(rng, 3, (n, d, h), 1), h, blocks)
    new_h = submission.gru_step(*values)
    expect_shape(new_h, (n, h), what="the new h")
    return values, new_h


@question("gru_step", hint="z is the second block, and keeps the old state: z = 1 leaves h as it was.")
def test_update_gate_alone(submission, rng):
    """With the candidate at 1 the new h is (1 − z) + z·h, z from the second block of w's rows."""
    (x, h, w, b), new_h = gru_with(submission, rng, {2: OPEN})
    z = (torch.cat([x, h], dim=1) @ w.T + b).chunk(3, dim=1)[1].sigmoid()
    turned = np.allclose(np.asarray(new_h), z + (1 - z) * h, rtol=1e-5)
    expect(not turned, "z and 1 - z are exchanged: here z keeps the old state, (1 - z) * n + z * h.")
    what = "the new h with the candidate at 1, which should be (1 - z) + z * h,"
    expect_close(new_h, (1 - z) + z * h, rtol=1e-6, what=what)


@question("gru_step", hint="tanh of w's third block times [x, r * h]: multiply h by r before the product.")
def test_reset_gate_and_candidate_alone(submission, rng):
    """With the update gate shut the new h is the candidate tanh(W_n[x, r∘h] + b_n), r from the first block."""
    (x, h, w, b), new_h = gru_with(submission, rng, {1: SHUT})
    gates = torch.cat([x, h], dim=1) @ w.T + b
    r, _, unreset = gates.chunk(3, dim=1)
    w_n, b_n = w[6:], b[6:]
    late = (x @ w_n[:, :4].T + b_n + r.sigmoid() * (h @ w_n[:, 4:].T)).tanh()
    actual = np.asarray(new_h)
    what = "The candidate multiplies by r after the product with h, as nn.GRU does: multiply h by r before it."
    expect(not np.allclose(actual, late, rtol=1e-5), what)
    expect(not np.allclose(actual, unreset.tanh(), rtol=1e-5), "The candidate sees h where it should see r * h.")
    right = (torch.cat([x, r.sigmoid() * h], dim=1) @ w_n.T + b_n).tanh()
    expect_close(new_h, right, rtol=1e-6, what="the new h with the update gate shut, which should be the candidate,")


@question("gru_step", hint="torch operations all the way: no detach, no .item(), no NumPy, no new tensor of values.")
def test_gradients_of_gru_step(submission, rng):
    """Backward through the step reaches x, h, w and b with the formula's gradients."""
    values = step_inputs(rng, 3, (3, 4, 2), 1)
    expect_step_gradients(submission, "gru_step", gru, values, [tensor(rng.normal(size=(3, 2)), torch.float64)])


# StockRNN, explained by its own parameters --------------------------------------------------------------------------


def unrolled(cell, X, layers, reset_first=False):
    """The top layer's last state for windows X (N, T, D); each layer is (w_ih, w_hh, b_ih, b_hh)."""
    sequence = list(X.unbind(1))
    for w_ih, w_hh, b_ih, b_hh in layers:
        h = c = X.new_zeros(len(X), w_hh.shape[1])
        outputs = []
        for x in sequence:
            if cell == "gru":
                h = gru_layer_step(x, h, w_ih, w_hh, b_ih, b_hh, reset_first)
            elif cell == "lstm":
                i, f, g, o = (x @ w_ih.T + b_ih + h @ w_hh.T + b_hh).chunk(4, dim=1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            else:
                h = (x @ w_ih.T + b_ih + h @ w_hh.T + b_hh).tanh()
            outputs.append(h)
        sequence = outputs
    return sequence[-1]


def gru_layer_step(x, h, w_ih, w_hh, b_ih, b_hh, reset_first):
    """One step of torch's GRU, or of the one of gru_step, which resets before the product."""
    size = h.shape[1]
    from_x, from_h = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    r, z = (from_x + from_h)[:, : 2 * size].sigmoid().chunk(2, dim=1)
    late = r * from_h[:, 2 * size :]
    early = (r * h) @ w_hh[2 * size :].T + b_hh[2 * size :]
    n = (from_x[:, 2 * size :] + (early if reset_first else late)).tanh()
    return (1 - z) * n + z * h


def arrangements(inputs, hidden, count, gates):
    """Ways a network may hold its weights: for each, the shapes of one layer after the other, and how to cut them."""
    sizes = [inputs, *[hidden] * (count - 1)]
    rows = gates * hidden
    for biases in (2, 1):
        yield [[(rows, size), (rows, hidden), *[(rows,)] * biases] for size in sizes], "apart"
    for biases in (1, 2):
        yield [[(rows, size + hidden), *[(rows,)] * biases] for size in sizes], "x first"
        yield [[(rows, size + hidden), *[(rows,)] * biases] for size in sizes], "h first"
    for how in ("gates x first", "gates h first") if gates > 1 else ():
        yield [[(hidden, size + hidden), (hidden,)] * gates for size in sizes], how


def cut(values, hidden, how):
    """(w_ih, w_hh, b_ih, b_hh) of one layer from what it holds; biases it does not have are 0."""
    if how.startswith("gates "):  # a Linear over [x, h] for each gate
        values, how = [torch.cat(values[::2]), torch.cat(values[1::2])], how.removeprefix("gates ")
    if how == "apart":
        (w_ih, w_hh), biases = values[:2], values[2:]
    else:
        w, biases = values[0], values[1:]
        size = w.shape[1] - hidden
        w_ih, w_hh = (w[:, :size], w[:, size:]) if how == "x first" else (w[:, hidden:], w[:, :hidden])
    none = torch.zeros(len(w_ih), dtype=w_ih.dtype)
    return (w_ih, w_hh, *biases, *[none] * (2 - len(biases)))


def oriented(value, shape, turned):
    """A parameter in this shape, None when it does not fit; `turned` matrices are kept as (in, out)."""
    found = tuple(value.shape)
    if 1 in shape or len(shape) == 1:  # the last layer lies either way, a bias may be a row
        fine = [n for n in found if n != 1] == [n for n in shape if n != 1]
    else:
        fine = found == (shape[::-1] if turned else shape)
    if not fine:
        return None
    return value.t() if turned and len(shape) == 2 and 1 not in shape else value.reshape(shape)


def named_choices(state, shapes, turned):
    """Every way to name one parameter for each of these shapes, none twice, in the order of the state."""
    names = [[n for n, value in state.items() if oriented(value, shape, turned) is not None] for shape in shapes]
    exact = [[n for n in found if tuple(state[n].shape) == shape] for found, shape in zip(names, shapes, strict=True)]
    names = [few or found for few, found in zip(exact, names, strict=True)]
    distinct = (picked for picked in itertools.product(*names) if len(set(picked)) == len(picked))
    return itertools.islice(distinct, 300)  # two layers have 144; bounds a strange network


def gate_choices(state, shapes, turned):
    """Every order of the Linear layers of each size, weight and bias of one always together, then the last two."""
    if turned:
        return
    pairs = {shape: [] for shape in shapes[:-2:2]}
    for name, value in state.items():
        bias = name.removesuffix("weight") + "bias"
        if name.endswith("weight") and tuple(value.shape) in pairs and bias in state:
            pairs[tuple(value.shape)].append((name, bias))
    if any(len(found) != shapes[:-2:2].count(shape) for shape, found in pairs.items()):
        return
    for orders in itertools.product(*map(itertools.permutations, pairs.values())):
        rest = {name: value for name, value in state.items() if not any(name in pair for o in orders for pair in o)}
        for last in named_choices(rest, shapes[-2:], turned):
            yield (*(name for order in orders for pair in order for name in pair), *last)


def explained(net, state, X, sizes, cell, what):
    """Parameter names, whether they are turned, their values, and the formula that gives `net`'s output with them.

    Nothing is known of the student's attribute names: parameters are found by shape, those of equal shape by trying.
    """
    inputs, hidden, count = sizes
    output = net(X)
    expect_shape(output, (len(X), 1), what=f"{what}'s output")
    expect_dtype(output, "float", what=f"{what}'s output")
    output = torch.as_tensor(output).double()
    for (shapes, how), turned in itertools.product(arrangements(inputs, hidden, count, GATES[cell]), (False, True)):
        flat = [shape for layer in shapes for shape in layer] + [(1, hidden), (1,)]
        pick = gate_choices if how.startswith("gates ") else named_choices
        for names in pick(state, flat, turned):
            values = [oriented(state[n], shape, turned).double() for n, shape in zip(names, flat, strict=True)]
            for reset_first in (False, True)[: 2 if cell == "gru" else 1]:
                formula = network_formula(cell, [len(layer) for layer in shapes], hidden, how, reset_first)
                if torch.allclose(output, formula(X.double(), *values), rtol=1e-4, atol=1e-5):
                    return names, turned, values, formula
    layers = f"{count} {cell.upper()} layer{'s' if count > 1 else ''} of {hidden} units"
    expect(
        False,
        f"{what} should be {layers}, then Linear on the last step. No reading of its own weights in these gives "
        f"its answer. {what_ran(net, X, state)}",
    )


def network_formula(cell, lengths, hidden, how, reset_first):
    """(X, *values) -> (N, 1) for values laid out as `arrangements` says."""

    def formula(X, *values):
        layers, start = [], 0
        for length in lengths:
            layers.append(cut(values[start : start + length], hidden, how))
            start += length
        return unrolled(cell, X, layers, reset_first) @ values[-2].T + values[-1]

    return formula


@question("model", weight=2, hint="One nn.RNN, nn.LSTM or nn.GRU with batch_first=True; Linear on outputs[:, -1].")
@pytest.mark.parametrize(("cell", "count"), [("rnn", 1), ("lstm", 1), ("gru", 1), ("rnn", 2), ("lstm", 2), ("gru", 2)])
def test_network_is_its_formula(submission, rng, cell, count):
    """The network is `num_layers` layers of the cell asked for, then Linear on the last step, gradients too."""
    submission.library("torch").manual_seed(1)
    inputs, hidden = 3, 4
    what = f'StockRNN({inputs}, {hidden}, {count}, "{cell}")'
    net = made(submission.StockRNN(inputs, hidden, count, cell), what)
    X = tensor(rng.normal(size=(5, 4, inputs)))
    state = submission.probe("fill", net, X, int(rng.integers(1000)))
    expect_type(state, dict, what=f"the parameters of {what}")
    for name, value in state.items():
        expect_type(value, torch.Tensor, what=f"{name} in {what}")
    expect_last_step(net, X, what)
    names, turned, values, formula = explained(net, state, X, (inputs, hidden, count), cell, what)
    upstream = tensor(rng.normal(size=(5, 1)))
    leaves = [value.clone().requires_grad_() for value in values]
    formula(X.double(), *leaves).backward(upstream.double())
    found = net.gradients(X, upstream=upstream).parameters
    expect_type(found, dict, what="the gradients by name")
    for name, leaf in zip(names, leaves, strict=True):
        grad = found.get(name)
        expect(isinstance(grad, torch.Tensor), f"No gradient reaches {name} in {what}: it cannot learn.")
        grad = oriented(grad, tuple(leaf.shape), turned)
        expect(grad is not None, f"The gradient of {name} in {what} has a shape of its own.")
        expect_close(grad.double(), leaf.grad, rtol=1e-3, atol=1e-4, what=f"the gradient of {name} in {what}")


def expect_last_step(net, X, what):
    """Window by window, and from all days: mistakes that have a name."""
    output = net(X)
    expect_shape(output, (len(X), 1), what=f"{what} of windows {tuple(X.shape)}")
    again = net(X)
    same = torch.allclose(torch.as_tensor(again), torch.as_tensor(output), rtol=1e-4, atol=1e-6)
    expect(
        same, f"{what} answers the same windows differently the second time: dropout, or a state kept between calls?"
    )
    alone = net(X[1:2])
    expect_shape(alone, (1, 1), what=f"{what} of one window")
    own = torch.allclose(torch.as_tensor(alone), torch.as_tensor(output)[1:2], rtol=1e-3, atol=1e-4)
    expect(own, f"{what} answers a window differently when others stand beside it: is batch_first=True missing?")
    for day in (0, X.shape[1] - 1):
        changed = X.clone()
        changed[:, day] = -changed[:, day] + 1
        blind = torch.allclose(torch.as_tensor(net(changed)), torch.as_tensor(output), rtol=0, atol=1e-7)
        which = "first" if day == 0 else "last"
        expect(not blind, f"{what} does not depend on the {which} day of the window: read the output of the last step.")


@question("model", weight=0.5, hint='num_layers=1 and cell="lstm" are what is taken when they are not given.')
def test_defaults_and_other_sizes(submission, rng):
    """StockRNN(5, 10) is one LSTM layer with 10 units: windows may have any length, and there may be one."""
    submission.library("torch").manual_seed(1)
    net = made(submission.StockRNN(5, 10), "StockRNN")
    for n, length in ((3, 7), (1, 2), (2, 12)):
        output = net(tensor(rng.normal(size=(n, length, 5))))
        expect_shape(output, (n, 1), what=f"StockRNN(5, 10) of windows ({n}, {length}, 5)")
    X = tensor(rng.normal(size=(3, 3, 5)))
    state = submission.probe("fill", net, X, 5)
    expect_type(state, dict, what="the parameters of StockRNN(5, 10)")
    for name, value in state.items():
        expect_type(value, torch.Tensor, what=f"{name} in StockRNN(5, 10)")
    explained(net, state, X, (5, 10, 1), "lstm", "StockRNN(5, 10)")
    sizes = []
    for layers in (2, 3):
        deep = made(submission.StockRNN(3, 4, layers), f"StockRNN(3, 4, {layers})")
        filled = submission.probe("fill", deep, tensor(rng.normal(size=(2, 3, 3))), 5)
        expect_type(filled, dict, what=f"the parameters of StockRNN(3, 4, {layers})")
        sizes.append(sum(value.numel() for value in filled.values()))
    expect(sizes[1] - sizes[0] >= 4 * 4 * 8, "StockRNN(3, 4, 3) has no more weights than StockRNN(3, 4, 2).")


# train --------------------------------------------------------------------------------------------------------------


def network(submission, rng, inputs, hidden=6):
    """One network with random values twice, trusted and with the student's code, and its values."""
    trusted = nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), nn.Tanh(), nn.Dropout(0.0), nn.Linear(hidden, 1))
    start = {name: tensor(rng.normal(size=tuple(v.shape)) / 2) for name, v in trusted.state_dict().items()}
    trusted.load_state_dict(start)
    return trusted, submission.probe("network", start, 0.0), start


def adam_steps(net, X, y, count, lr):
    """`count` steps of Adam on all windows; the loss before each."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    met = []
    for _ in range(count):
        loss = F.mse_loss(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    return torch.tensor(met, dtype=torch.float64)


@question(
    "train", weight=3, hint="One optimiser before the loop; in it mse_loss(model(X), y), zero_grad, backward, step."
)
@pytest.mark.parametrize(("count", "epochs", "lr"), [(9, 1, 0.05), (40, 8, 0.03), (1, 4, 0.01)])
def test_steps_beside_torch(submission, rng, device, count, epochs, lr):
    """Weights and losses are those of Adam on the mean squared error of all windows, one step for each epoch."""
    trusted, net, start = network(submission, rng, 15)
    X, y = tensor(rng.normal(size=(count, 5, 3))), tensor(2 * rng.normal(size=(count, 1)) + 1)
    X[:, 0, 0] = 0.0  # the weights of this number have no gradient: nothing may move them
    history = submission.train(net, X, y, epochs=epochs, lr=lr, seed=4, device=device)
    met = adam_steps(trusted, X, y, epochs, lr)
    after, target = submission.probe("state", net), trusted.state_dict()
    expect_type(after, dict, what="the network's state_dict()")
    expect(set(after) == set(target), "The layers of the network are not those it came with.")
    for name, value in target.items():
        expect_shape(after[name], tuple(value.shape), what=f"the network's {name}")
    after = {name: torch.as_tensor(value) for name, value in after.items()}
    way, moved, error = (
        sum((a[name] - b[name]).abs().sum().item() for name in target)
        for a, b in ((target, start), (after, start), (after, target))
    )
    expect(moved != 0, "The network given has not changed. Train that network itself, and take optimizer steps.")
    still = {name: target[name] == start[name] for name in target}
    kept = all(torch.equal(after[name][still[name]], start[name][still[name]]) for name in target)
    expect(kept, "Weights without a gradient have moved. Adam leaves them alone: weight decay, AdamW, a penalty?")
    times = "one step" if epochs == 1 else f"{epochs} steps"
    expect(
        error < 0.01 * way,
        f"After {times} the weights are off by {error / way:.0%} of the way they should move.",
    )
    actual = losses(history, epochs)
    after_steps = epochs > 1 and torch.allclose(actual[:-1], met[1:], rtol=2e-3)
    expect(not after_steps, "train's history begins with the loss after the first step: append the one met before it.")
    rooted = (
        count > 1 and not torch.allclose(met, met.sqrt(), rtol=0.02) and torch.allclose(actual, met.sqrt(), rtol=2e-3)
    )
    expect(not rooted, "train's history holds the root of the mean squared error: append the loss itself.")
    expect_close(actual, met, rtol=2e-3, what="train's history")


@question("train", weight=0.5, hint="lr=0.01 is what is taken when it is not given.")
def test_default_learning_rate(submission, rng, device):
    """Without lr the learning rate is 0.01."""
    trusted, net, start = network(submission, rng, 15)
    X, y = tensor(rng.normal(size=(9, 5, 3))), tensor(rng.normal(size=(9, 1)))
    submission.train(net, X, y, epochs=1, device=device)
    adam_steps(trusted, X, y, 1, 0.01)
    after, target = submission.probe("state", net), trusted.state_dict()
    expect_type(after, dict, what="the network's state_dict()")
    for name, value in target.items():
        expect(name in after, "The layers of the network are not those it came with.")
        way = value - start[name]
        expect_close(torch.as_tensor(after[name]) - start[name], way, atol=1e-4, what=f"the step of {name} without lr")


@question("train", hint="model(X) and y are both (N, 1): no squeeze on one of them, no mini-batches, no shuffling.")
def test_all_windows_in_every_step(submission, rng, device):
    """In every epoch the network is run with gradients on all windows at once, each of them once."""
    net = submission.probe("recorder", 12)
    X, y = tensor(rng.normal(size=(37, 4, 3))), tensor(rng.normal(size=(37, 1)))
    X[:, 0, 0] = torch.arange(37.0)
    submission.train(net, X, y, epochs=3, seed=2, device=device)
    calls = submission.probe("seen", net)
    expect_type(calls, (list, tuple), what="the calls of the network")
    batches = [list(first) for _, grad, first in calls if grad]
    expect(len(batches) > 0, "The network given was never run with gradients: train that network itself, not a copy.")
    sizes = sorted({len(batch) for batch in batches})
    full = sizes == [37]
    expect(
        full,
        f"With 37 windows the network was trained on {', '.join(map(str, sizes))} at a time: use them all at once.",
    )
    expect(
        all(sorted(batch) == X[:, 0, 0].tolist() for batch in batches),
        "An epoch should have every window exactly once.",
    )


@question(
    "train", weight=0.5, hint="Nothing kept from an earlier call, and no noise: a full batch needs no random numbers."
)
def test_the_same_start_gives_the_same_history(submission, rng, device):
    """From the same start and seed train returns the same losses, whatever was drawn before."""
    X, y = tensor(rng.normal(size=(20, 4, 3))), tensor(rng.normal(size=(20, 1)))
    state = rng.bit_generator.state
    found = []
    for noise in (1, 2):
        rng.bit_generator.state = state
        _, net, _ = network(submission, rng, 12)
        submission.library("torch").manual_seed(noise)
        submission.library("numpy.random").seed(noise)
        found.append(losses(submission.train(net, X, y, epochs=4, lr=0.02, seed=6, device=device), 4))
    expect_close(
        found[1], found[0], rtol=1e-4, what="train's history, run again from the same start with the same seed,"
    )


# accuracy: predict, persistence_rmse, and days nobody has seen ------------------------------------------------------


@question(
    "accuracy",
    weight=0.5,
    hint="The last day's last column of each window against y; mean of the squares, then the root.",
)
def test_persistence_of_random_windows(submission, rng):
    """persistence_rmse is the root of the mean squared difference between tomorrow's and today's close."""
    for n, length, columns in ((6, 7, 5), (1, 3, 2), (25, 1, 4)):
        X, y = tensor(rng.normal(size=(n, length, columns))), tensor(rng.normal(size=(n, 1)))
        value = submission.persistence_rmse(X, y)
        expect(is_number(value), "persistence_rmse should return a plain number.")
        expected = float(np.sqrt(np.mean((X[:, -1, -1].numpy() - y[:, 0].numpy()) ** 2)))
        squared = abs(float(value) - expected**2) < 1e-4 * expected**2 and abs(expected - 1) > 1e-3
        expect(not squared, "persistence_rmse returns the mean squared error: its root is missing.")
        expect_close(float(value), expected, rtol=1e-4, what=f"persistence_rmse of windows ({n}, {length}, {columns})")


@question("accuracy", weight=0.25, hint="model.eval() and torch.no_grad() around one call of the model.")
def test_predict_in_evaluation_mode_without_gradients(submission, rng):
    """While predict runs, the network is in evaluation mode and no gradients are recorded."""
    net = submission.probe("recorder", 15)
    submission.predict(net, tensor(rng.normal(size=(4, 5, 3))))
    calls = submission.probe("seen", net)
    expect_type(calls, (list, tuple), what="the calls of the network")
    expect(len(calls) > 0, "predict never ran the network it was given.")
    expect(not any(mode for mode, _, _ in calls), "predict runs the network in training mode: model.eval() first.")
    expect(not any(grad for _, grad, _ in calls), "predict records gradients: run the network under torch.no_grad().")


@question("accuracy", weight=0.5, hint="The model's output for each window as it is, (N, 1), in evaluation mode.")
def test_predict_of_overlapping_windows(submission, rng):
    """Each window's prediction is the model's answer to that window alone: nothing is read off the windows after it."""
    trusted, _, start = network(submission, rng, 15)
    days = tensor(rng.normal(size=(13, 3)))
    X = torch.stack([days[i : i + 5] for i in range(8)])
    net = submission.probe("network", start, 0.5)  # its dropout is off in evaluation mode
    with torch.no_grad():
        expected = trusted(X)
    for part in (slice(0, 8), slice(3, 4)):
        predicted = submission.predict(net, X[part])
        expect_shape(predicted, tuple(expected[part].shape), what=f"predict's result for {len(X[part])} windows")
        ahead = len(X[part]) > 1 and torch.allclose(torch.as_tensor(predicted)[:-1].float(), X[1:, -1, -1:], rtol=1e-4)
        expect(not ahead, "predict reads the answer off the next window, whose last day is the day to predict.")
        expect_close(predicted, expected[part], rtol=1e-4, what="predict's result")


def windows(rows, length=7):
    """X (n - length, length, D) and y (n - length, 1) of scaled rows, float32."""
    return tensor([rows[i : i + length] for i in range(len(rows) - length)]), tensor(rows[length:, -1:])


def bundled_days():
    """The bundled days, scaled by the training days, the number of those, and the minimum and maximum used."""
    rows = read_stock(bundled_file("stock.csv").path).rows
    cut = int(len(rows) * 0.7)
    low, high = rows[:cut].min(axis=0), rows[:cut].max(axis=0)
    return (rows - low) / (high - low), cut, low, high


def unseen_windows(rng, low, high, count=240, length=7):
    """Windows of days that exist nowhere else, made by the recipe of the bundled ones.

    They do not overlap: in no window stands what another one asks for.
    """
    rows = (synthetic_rows(count * (length + 1), int(rng.integers(2**31))) - low) / (high - low)
    blocks = rows.reshape(count, length + 1, 5)
    return tensor(blocks[:, :length]), tensor(blocks[:, length, -1:])


def ratio_of(submission, net, X, y):
    """The RMSE of the student's predictions divided by that of the close of the last day."""
    predicted = submission.predict(net, X)
    expect_shape(predicted, tuple(y.shape), what=f"predict's result for {len(X)} windows")
    ratio = F.mse_loss(torch.as_tensor(predicted).float(), y).sqrt().item()
    ratio /= F.mse_loss(X[:, -1, -1:], y).sqrt().item()
    expect(bool(np.isfinite(ratio)), "predict's result holds NaN or infinity: the training went astray.")
    return ratio


@question("accuracy", weight=4, trains=True, seconds=1, hint="If model and train pass their checks, this passes too.")
def test_better_than_persistence_on_unseen_days(submission, threshold, rng, device, reach):
    """Trained for 500 epochs, the LSTM beats persistence by far also on days that are in no file."""
    rows, cut, low, high = bundled_days()
    X_train, y_train = windows(rows[:cut])

    def measure(seed):
        submission.library("torch").manual_seed(seed)
        net = made(submission.StockRNN(5, 10), "StockRNN")
        losses(submission.train(net, X_train, y_train, epochs=500, lr=0.01, seed=seed, device=device), 500)
        ahead = ratio_of(submission, net, *windows(rows[cut - 7 :]))  # each holds the answer to the one before
        expect(
            not ahead < threshold["too_good"],
            f"Your RMSE is {ahead:.2f} times persistence's: no marks. Less than {threshold['too_good']} is impossible "
            "without knowing the days to predict: somewhere the answer is in the input.",
        )
        return ratio_of(submission, net, *unseen_windows(rng, low, high))

    reach(measure, at_most=threshold["rmse"], what="times the RMSE of 'tomorrow = today' on days that are in no file")
