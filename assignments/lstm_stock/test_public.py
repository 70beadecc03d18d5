"""Checks of lstm_stock the student has: worked examples, comparisons with torch, and a training on the bundled days."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autograder.data import bundled_file
from autograder.data.stock import read_stock
from autograder.grading import expect, expect_close, expect_dtype, expect_shape, expect_type, question

# What several checks need ----------------------------------------------------------------------------------------


def tensor(values):
    """A float32 tensor of NumPy values."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def is_number(value):
    """True for a Python or NumPy number and for a tensor or array without axes."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0 and "complex" not in str(value.dtype)
    return isinstance(value, float | np.integer | np.floating) or (isinstance(value, int) and abs(value) < 1e9)


def losses(values, count, what="train's history"):
    """The student's list of losses as floats; fails in words when it is no list of `count` finite numbers."""
    expect_type(values, (list, tuple), what=what)
    expect(len(values) == count, f"{what} has {len(values)} entries, and there were {count} epochs: one loss each.")
    expect(all(is_number(value) for value in values), f"{what} should hold plain numbers, one loss per epoch.")
    numbers = [float(value) for value in values]
    expect(bool(np.isfinite(numbers).all()), f"{what} holds NaN or infinity: the training went astray.")
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


# chronological_split ---------------------------------------------------------------------------------------------


@question("split", hint="Cut at int(len(rows) * train_fraction); the test part starts `context` rows before the cut.")
def test_ten_days(submission):
    """Ten days give days 0 to 6 for training and 7 to 9 for testing; with context=2 the test part is days 5 to 9."""
    rows = np.arange(10.0)[:, None] * [1.0, 10.0]
    for context in (0, 2):
        what = f"chronological_split of 10 rows with context={context}"
        train, test = both(submission.chronological_split(rows, 0.7, context), what, "train, test")
        expect_close(train, rows[:7], what=f"the training part of {what}")
        expect_close(test, rows[7 - context :], what=f"the test part of {what}")


# MinMaxScaler ----------------------------------------------------------------------------------------------------

TRAINING = np.array([[10.0, 100.0], [20.0, 300.0], [30.0, 200.0]])


@question("scaler", hint="Minimum and maximum along axis 0, kept in fit; transform uses the kept ones and returns.")
def test_scaling_three_days(submission):
    """Columns 10, 20, 30 and 100, 300, 200 become 0, ½, 1 and 0, 1, ½; later days may lie outside of 0 … 1."""
    scaler = made(submission.MinMaxScaler(), "MinMaxScaler").fit(TRAINING)
    expect(hasattr(scaler, "transform"), "MinMaxScaler.fit should return self, so that .fit(a).transform(b) works.")
    expected = np.array([[0.0, 0.0], [0.5, 1.0], [1.0, 0.5]])
    expect_close(scaler.transform(TRAINING), expected, rtol=1e-6, what="transform of the rows given to fit")
    later = scaler.transform(np.array([[40.0, 50.0], [25.0, 250.0]]))
    expected = np.array([[1.5, -0.25], [0.75, 0.75]])
    expect_close(later, expected, rtol=1e-6, what="transform of two later days with 40, 50 and 25, 250")


@question("scaler", weight=0.5, hint="The last column's way back: value * (maximum - minimum) + minimum.")
def test_back_to_prices(submission):
    """inverse_close turns scaled values of the last column back into prices: 0, ½ and 1.5 into 100, 200 and 400."""
    scaler = made(submission.MinMaxScaler(), "MinMaxScaler")
    scaler.fit(TRAINING)
    prices = scaler.inverse_close(np.array([[0.0], [0.5], [1.5]]))
    expect_close(prices, np.array([[100.0], [200.0], [400.0]]), rtol=1e-6, what="inverse_close of 0, 0.5 and 1.5")


# make_windows ----------------------------------------------------------------------------------------------------


@question("windows", hint="Window i is rows[i : i + length], its target rows[i + length, -1:]; n - length of them.")
def test_windows_of_six_days(submission):
    """Six days and windows of three: X holds days 0-2, 1-3 and 2-4, y the last column of days 3, 4 and 5, float32."""
    rows = 10.0 * np.arange(6)[:, None] + np.arange(2)  # day * 10 + column
    X, y = both(submission.make_windows(rows, 3), "make_windows", "X, y")
    expect_shape(X, (3, 3, 2), what="X of 6 rows (6, 2) in windows of 3")
    expect_shape(y, (3, 1), what="y of 6 rows (6, 2) in windows of 3")
    expect_close(y, np.array([[31.0], [41.0], [51.0]]), what="y, the last column of the days 3, 4 and 5,")
    expect_close(X, np.stack([rows[i : i + 3] for i in range(3)]), what="X")
    expect_dtype(X, "float32", what="X")
    expect_dtype(y, "float32", what="y")


# lstm_step and gru_step ------------------------------------------------------------------------------------------


@question("lstm_step", hint="Print i, f, g, o and compare each with the example: 0.5, 0.5, 0.7616, 0.5.")
def test_lstm_by_hand(submission):
    """The example of the text: x = 1, h = 0, c = 2 give h = 0.4406 and c = 1.3808."""
    x, h, c = torch.tensor([[1.0]]), torch.tensor([[0.0]]), torch.tensor([[2.0]])
    w = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    new_h, new_c = both(submission.lstm_step(x, h, c, w, torch.zeros(4)), "lstm_step", "h, c")
    expect_close(new_c, torch.tensor([[1.380797]]), rtol=1e-4, what="the new c, 0.5 * 2 + 0.5 * tanh(1),")
    expect_close(new_h, torch.tensor([[0.440608]]), rtol=1e-4, what="the new h, 0.5 * tanh(1.3808),")


@question("lstm_step", hint="Columns of w: first those for x. Rows of w: input, forget, candidate, output.")
def test_same_as_torch(submission, rng):
    """For a batch of 3 the step is that of nn.LSTMCell, whose weights for x and for h stand side by side in w."""
    cell = nn.LSTMCell(4, 2)
    cell.load_state_dict({name: tensor(rng.normal(size=tuple(v.shape))) for name, v in cell.state_dict().items()})
    x, h, c = (tensor(rng.normal(size=(3, size))) for size in (4, 2, 2))
    w = torch.cat([cell.weight_ih, cell.weight_hh], dim=1).detach()
    new_h, new_c = both(submission.lstm_step(x, h, c, w, (cell.bias_ih + cell.bias_hh).detach()), "lstm_step", "h, c")
    with torch.no_grad():
        right_h, right_c = cell(x, (h, c))
    expect_close(new_c, right_c, rtol=1e-4, what="the new c")
    expect_close(new_h, right_h, rtol=1e-4, what="the new h")


@question("gru_step", hint="n sees r * h, not h; z keeps the old state: (1 - z) * n + z * h.")
def test_gru_by_hand(submission):
    """The example of the text: x = 1, h = 2 give h = 1.3808; with the update gate open the state stays what it was."""
    x, h = torch.tensor([[1.0]]), torch.tensor([[2.0]])
    w = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    expect_close(submission.gru_step(x, h, w, torch.zeros(3)), torch.tensor([[1.380797]]), rtol=1e-4, what="the new h")
    kept = submission.gru_step(x, h, w, torch.tensor([0.0, 50.0, 0.0]))
    expect_close(kept, h, rtol=1e-4, what="the new h with the update gate z open (it should be the old h)")


# StockRNN --------------------------------------------------------------------------------------------------------


@question("model", hint="batch_first=True, then outputs[:, -1]; pick nn.RNN, nn.LSTM or nn.GRU by the name in `cell`.")
def test_one_number_for_each_window(submission, rng):
    """For each cell, 4 windows of 6 days give 4 numbers, each from its own window and from all of its days."""
    submission.library("torch").manual_seed(1)
    X = tensor(rng.normal(size=(4, 6, 3)))
    for cell in ("rnn", "lstm", "gru"):
        what = f'StockRNN(3, 5, cell="{cell}")'
        net = made(submission.StockRNN(3, 5, cell=cell), what)
        net.eval()
        output = net(X)
        expect_shape(output, (4, 1), what=f"{what} of windows (4, 6, 3)")
        alone = net(X[2:3])
        expect_shape(alone, (1, 1), what=f"{what} of one window (1, 6, 3)")
        own = torch.allclose(torch.as_tensor(alone), torch.as_tensor(output)[2:3], rtol=1e-4, atol=1e-5)
        expect(own, f"{what} answers differently for a window alone and among others: batch_first=True, no state kept?")
        changed = X.clone()
        changed[:, -1] += 3.0
        same = torch.allclose(torch.as_tensor(net(changed)), torch.as_tensor(output), rtol=1e-4, atol=1e-6)
        expect(not same, f"{what} does not see the last day of the window: use the output of the last step.")


# train -----------------------------------------------------------------------------------------------------------


@question(
    "train",
    hint="An epoch is one step on all windows: mean squared error, zero_grad, backward, step; append loss.item().",
)
def test_three_steps(submission, rng, device):
    """Three epochs are three steps of Adam on the mean squared error of all windows, and the losses are returned."""
    X, y = tensor(rng.normal(size=(12, 4, 3))), tensor(rng.normal(size=(12, 1)))
    trusted = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 1))
    start = {name: tensor(rng.normal(size=tuple(v.shape)) / 2) for name, v in trusted.state_dict().items()}
    trusted.load_state_dict(start)
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(12, 5), library.Tanh(), library.Linear(5, 1))
    net.load_state_dict(start)
    history = submission.train(net, X, y, epochs=3, lr=0.02, seed=1, device=device)
    met = []
    optimizer = torch.optim.Adam(trusted.parameters(), lr=0.02)
    for _ in range(3):
        loss = F.mse_loss(trusted(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        met.append(loss.item())
    actual = torch.tensor(losses(history, 3))
    after = net.state_dict()
    expect_type(after, dict, what="the network's state_dict()")
    expect(set(after) == set(start), "The layers of the network are not those it came with.")
    way = moved = error = 0.0
    for name, target in trusted.state_dict().items():
        expect_shape(after[name], tuple(target.shape), what=f"the network's {name}")
        after[name] = torch.as_tensor(after[name])
        way += (target - start[name]).abs().sum().item()
        moved += (after[name] - start[name]).abs().sum().item()
        error += (after[name] - target).abs().sum().item()
    expect(moved > 0, "The network given has not changed. Train that network itself, and take optimizer steps.")
    expect(
        error < 0.01 * way, f"After three steps the weights are off by {error / way:.0%} of the way they should move."
    )
    expect_close(actual, torch.tensor(met), rtol=1e-3, what="train's history")


# accuracy: predict, persistence_rmse, and a training ---------------------------------------------------------------


@question(
    "accuracy", weight=0.25, hint="The last day's last column, X[:, -1, -1:], against y; the root of the mean square."
)
def test_persistence_by_hand(submission):
    """Two windows ending with closes 3 and 5, tomorrow's being 4 and 3, are off by 1 and 2: the RMSE is 1.5811."""
    X = torch.tensor([[[9.0, 1.0], [9.0, 3.0]], [[9.0, 7.0], [9.0, 5.0]]])
    value = submission.persistence_rmse(X, torch.tensor([[4.0], [3.0]]))
    expect(is_number(value), "persistence_rmse should return a plain number.")
    expect_close(float(value), 1.5811388, rtol=1e-4, what="persistence_rmse")


@question("accuracy", weight=0.25, hint="The model's output as it is, (N, 1); nothing is rounded, squeezed or scaled.")
def test_predict_is_the_models_answer(submission, rng):
    """predict gives each window the model's answer: for a network that takes the mean of all entries, that mean."""
    library = submission.library("torch.nn")
    net = library.Sequential(library.Flatten(), library.Linear(6, 1))
    net.load_state_dict({"1.weight": torch.full((1, 6), 1 / 6), "1.bias": torch.zeros(1)})
    X = tensor(rng.normal(size=(5, 3, 2)))
    predicted = submission.predict(net, X)
    expect_shape(predicted, (5, 1), what="predict's result for 5 windows")
    expect_close(predicted, X.mean(dim=(1, 2))[:, None], rtol=1e-4, what="predict's result")


def bundled_windows(length=7):
    """Windows of the bundled days, scaled by the training days: X_train, y_train, X_test, y_test."""
    rows = read_stock(bundled_file("stock.csv").path).rows
    cut = int(len(rows) * 0.7)
    low, high = rows[:cut].min(axis=0), rows[:cut].max(axis=0)
    scaled = (rows - low) / (high - low)
    parts = []
    for part in (scaled[:cut], scaled[cut - length :]):
        parts += [tensor([part[i : i + length] for i in range(len(part) - length)]), tensor(part[length:, -1:])]
    return parts


@question(
    "accuracy",
    weight=2,
    trains=True,
    seconds=1,
    hint="If model and train pass their checks, this passes too: begin with those.",
)
def test_better_than_tomorrow_is_today(submission, threshold, device, reach):
    """After 500 epochs the RMSE on the test days is well below persistence's."""
    X_train, y_train, X_test, y_test = bundled_windows()
    persistence = F.mse_loss(X_test[:, -1, -1:], y_test).sqrt().item()

    def measure(seed):
        submission.library("torch").manual_seed(seed)
        net = made(submission.StockRNN(5, 10), "StockRNN")
        submission.train(net, X_train, y_train, epochs=500, lr=0.01, seed=seed, device=device)
        predicted = submission.predict(net, X_test)
        expect_shape(predicted, tuple(y_test.shape), what=f"predict's result for {len(X_test)} windows")
        ratio = F.mse_loss(torch.as_tensor(predicted).float(), y_test).sqrt().item() / persistence
        expect(bool(np.isfinite(ratio)), "predict's result holds NaN or infinity: the training went astray.")
        expect(
            not ratio < threshold["too_good"],
            f"Your RMSE is {ratio:.2f} times persistence's: no marks. Less than {threshold['too_good']} is impossible: "
            "your prediction looks at the days to predict (the next window holds them).",
        )
        return ratio

    reach(measure, at_most=threshold["rmse"], what="times the RMSE of 'tomorrow = today'")
