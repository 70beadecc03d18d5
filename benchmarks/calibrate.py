"""Measure the distributions behind the accuracy thresholds, on our own reference solutions.

    python benchmarks/calibrate.py mnist_mlp --data bundled --seeds 10

Each seed sets the model and the batches; the split is fixed. Prints one row per assignment: minimum, mean, maximum,
standard deviation, CPU seconds of one training, and the threshold in grading.yml. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder import data
from autograder.course import load_course
from autograder.grading.reference import make_importable

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Task:
    """How one assignment is measured: its network, and the epochs its accuracy check trains."""

    make: Callable[[ModuleType], Any]
    epochs: dict[str, int]


TASKS = {
    "mnist_mlp": Task(lambda module: module.ImprovedNet(784, 50, 10), {"bundled": 5, "mnist": 5}),
    "cnn_classifier": Task(lambda module: module.CNNClassifier(), {"bundled": 3, "mnist": 3}),
    "inception": Task(lambda module: module.InceptionNet(), {"bundled": 8, "mnist": 4}),
    "residual": Task(lambda module: module.InceptionJumpNet(), {"bundled": 6, "mnist": 4}),
}


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
        threshold = course.assignments[name].thresholds.get("accuracy", {}).get(arguments.data)
        table.add_row(name, *measure(name, arguments), str(threshold))
    Console().print(table)


def measure(name: str, arguments: argparse.Namespace) -> list[str]:
    """The figures of one row."""
    module, task = importlib.import_module(name), TASKS[name]
    digits = data.load(arguments.data)
    epochs, device = task.epochs[arguments.data], arguments.device
    accuracies, seconds = [], []
    for seed in track(range(arguments.seeds), description=name, transient=True):
        torch.manual_seed(seed)
        network = task.make(module).to(device)
        start = time.process_time()
        module.train(network, digits.train_images, digits.train_labels, epochs=epochs, seed=seed, device=device)
        seconds.append(time.process_time() - start)
        predicted = module.predict(network, digits.test_images, device=device)
        accuracies.append((predicted == digits.test_labels).double().mean().item())
    spread = statistics.stdev(accuracies) if len(accuracies) > 1 else float("nan")
    figures = [min(accuracies), statistics.mean(accuracies), max(accuracies), spread]
    return [str(epochs), str(arguments.seeds), *(f"{x:.4f}" for x in figures), f"{statistics.mean(seconds):.1f}"]


if __name__ == "__main__":
    main()
