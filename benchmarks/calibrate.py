"""Measure the distributions behind the thresholds of trainings, on our own reference solutions.

    python benchmarks/calibrate.py mnist_mlp --data bundled --seeds 10
    python benchmarks/calibrate.py rnn_charseq lstm_stock --seeds 20

Each seed sets the model and the batches; the data and their split are fixed. Prints one row per training: minimum,
mean, maximum, standard deviation, CPU seconds of one training, and the threshold in grading.yml. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder import data
from autograder.course import load_course
from autograder.data.stock import read_stock, synthetic_rows
from autograder.grading.reference import make_importable

ROOT = Path(__file__).parent.parent
REAL_PRICES = Path(os.environ.get(data.DATA_VARIABLE, "/nowhere")) / "stock" / "google_daily.csv"
DAYS = 7


@dataclass(frozen=True)
class Run:
    """One training: the reference solution, and the conditions."""

    module: ModuleType
    epochs: int
    seed: int
    data: str
    device: str


@dataclass(frozen=True)
class Trained:
    """What a training came to, and the CPU seconds of its `train`."""

    score: float
    seconds: float


@dataclass(frozen=True)
class Task:
    """One row: a training and its epochs per data profile ("" for any), and its threshold."""

    run: Callable[[Run], Trained]
    epochs: dict[str, int]
    threshold: str = "accuracy"


def timed(run: Run, network: Any, inputs: torch.Tensor, targets: torch.Tensor, **settings: Any) -> float:
    """Train a network; the CPU seconds it took."""
    start = time.process_time()
    run.module.train(network, inputs, targets, epochs=run.epochs, seed=run.seed, device=run.device, **settings)
    return time.process_time() - start


def images(make: Callable[[ModuleType], Any]) -> Callable[[Run], Trained]:
    """The share of test images that a network gets right."""

    def train(run: Run) -> Trained:
        digits = data.load(run.data)
        network = make(run.module).to(run.device)
        seconds = timed(run, network, digits.train_images, digits.train_labels)
        predicted = run.module.predict(network, digits.test_images, device=run.device)
        return Trained((predicted == digits.test_labels).double().mean().item(), seconds)

    return train


def characters(text: str, length: int, hidden: int, layers: int, lr: float) -> Callable[[Run], Trained]:
    """The share of a text that a network knows, read out stitched: the first window, then each window's last answer."""

    def train(run: Run) -> Trained:
        module = run.module
        chars, numbers = module.build_vocab(getattr(module, text))
        pairs = module.make_windows(getattr(module, text), length)
        sides = zip(*pairs, strict=True)
        inputs, targets = (torch.stack([module.encode(part, numbers) for part in side]) for side in sides)
        network = module.CharRNN(len(chars), hidden, layers)
        seconds = timed(run, network, inputs, targets, lr=lr)
        right = network(inputs.to(run.device)).argmax(dim=2).cpu() == targets
        return Trained(torch.cat([right[0], right[1:, -1]]).double().mean().item(), seconds)

    return train


def prices(cell: str, path: Path | None = None, *, new_days: int = 0) -> Callable[[Run], Trained]:
    """The RMSE divided by that of `tomorrow = today`, on the test days or on new windows of the same recipe."""

    def train(run: Run) -> Trained:
        module, rows = run.module, read_stock(path or data.bundled_file("stock.csv").path).rows
        parts = module.chronological_split(rows, context=DAYS)
        scaler = module.MinMaxScaler().fit(parts[0])
        (X, y), (X_test, y_test) = (module.make_windows(scaler.transform(part), DAYS) for part in parts)
        network = module.StockRNN(5, 10, cell=cell)
        seconds = timed(run, network, X, y)
        if new_days:
            rows = synthetic_rows(new_days * (DAYS + 1), 1000 + run.seed).reshape(new_days, DAYS + 1, 5)
            windows = [module.make_windows(scaler.transform(block), DAYS) for block in rows]
            X_test, y_test = (torch.cat(side) for side in zip(*windows, strict=True))
        error = (module.predict(network, X_test) - y_test).square().mean().sqrt().item()
        return Trained(error / module.persistence_rmse(X_test, y_test), seconds)

    return train


def transferred(way: str) -> Callable[[Run], Trained]:
    """The share of test digits that a way to use the backbone gets right: the mean of three choices of 100 images."""

    def train(run: Run) -> Trained:
        module, digits, scores = run.module, data.load("bundled"), []
        for draw in range(3 * run.seed, 3 * run.seed + 3):
            torch.manual_seed(draw)
            network, settings = module.SmallResNet(10), {"lr": 1e-3}
            if way != "scratch":
                network = getattr(module, way)(module.pretrained_backbone(), 10)
                settings = {"groups": module.parameter_groups(network, 1e-2, 3e-4)}
            rows = data.few_labels(digits, 10, draw)
            seconds = timed(replace(run, seed=draw), network, *rows, batch_size=16, **settings)
            predicted = module.predict(network, digits.test_images, device=run.device)
            scores.append((predicted == digits.test_labels).double().mean().item())
        return Trained(statistics.mean(scores), seconds)

    return train


TASKS = {
    "mnist_mlp": {"": Task(images(lambda module: module.ImprovedNet(784, 50, 10)), {"bundled": 5, "mnist": 5})},
    "cnn_classifier": {"": Task(images(lambda module: module.CNNClassifier()), {"bundled": 3, "mnist": 3})},
    "inception": {
        "": Task(images(lambda module: module.InceptionNet()), {"bundled": 8, "mnist": 9}),
        "four epochs": Task(images(lambda module: module.InceptionNet()), {"bundled": 4, "mnist": 4}, "accuracy_4"),
    },
    "residual": {"": Task(images(lambda module: module.InceptionJumpNet()), {"bundled": 6, "mnist": 4})},
    "transfer": {
        "extraction": Task(transferred("feature_extractor"), {"": 20}, "extraction"),
        "fine-tuning": Task(transferred("fine_tuner"), {"": 20}, "fine_tuning"),
        "from scratch": Task(transferred("scratch"), {"": 20}, "none"),
    },
    "rnn_charseq": {
        "hihell": Task(characters("GREETING", 6, 10, 1, 0.1), {"": 100}, "exact"),
        "phrase": Task(characters("PHRASE", 15, 10, 1, 0.1), {"": 100}, "exact"),
        "long sentence": Task(characters("SENTENCE", 10, 25, 2, 0.03), {"": 100}, "sentence"),
        "long sentence, lr 0.1": Task(characters("SENTENCE", 10, 25, 2, 0.1), {"": 100}, "none"),
    },
    "lstm_stock": {
        **{cell: Task(prices(cell), {"": 500}, "rmse") for cell in ("lstm", "gru", "rnn")},
        "lstm, new days": Task(prices("lstm", new_days=240), {"": 500}, "rmse"),
    },
}
if REAL_PRICES.is_file():
    TASKS["lstm_stock"]["lstm, real prices"] = Task(prices("lstm", REAL_PRICES), {"": 500}, "none")


def main() -> None:
    """Print the table."""
    course = load_course(ROOT)
    known = [name for name in TASKS if name in course.assignments]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=known, help=f"any of: {', '.join(known)}")
    parser.add_argument("--data", choices=data.PROFILES, default="bundled")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    make_importable({name: assignment.source for name, assignment in course.assignments.items()})
    torch.set_num_threads(1)
    table = Table(title=f"{arguments.data}, {arguments.device}, torch {torch.__version__}", title_justify="left")
    for column in ("assignment", "epochs", "seeds", "min", "mean", "max", "sd", "CPU s", "threshold"):
        table.add_column(column, justify="left" if column == "assignment" else "right")
    for name in arguments.names:
        for what, task in TASKS[name].items():
            asked = course.assignments[name].thresholds.get(task.threshold, {}).get(arguments.data, "–")
            label = f"{name}, {what}" if what else name
            table.add_row(label, *measure(name, task, label, arguments), f"{asked}")
    Console().print(table)


def measure(name: str, task: Task, label: str, arguments: argparse.Namespace) -> list[str]:
    """The figures of one row."""
    module = importlib.import_module(name)
    epochs = task.epochs.get("") or task.epochs[arguments.data]
    found = []
    for seed in track(range(arguments.seeds), description=label, transient=True):
        torch.manual_seed(seed)
        found.append(task.run(Run(module, epochs, seed, arguments.data, arguments.device)))
    scores = [each.score for each in found]
    spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
    figures = [min(scores), statistics.mean(scores), max(scores), spread]
    seconds = statistics.median(each.seconds for each in found)
    return [str(epochs), str(arguments.seeds), *(f"{x:.4f}" for x in figures), f"{seconds:.2g}"]


if __name__ == "__main__":
    main()
