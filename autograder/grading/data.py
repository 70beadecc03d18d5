"""The data of a run, as checks see it."""

from __future__ import annotations

import torch

from autograder.data import ImageData
from autograder.sandbox.wire import Ref


class Data:
    """The data of a run: training data by reference (opened in the worker), test images by value, labels kept here."""

    def __init__(self, loaded: ImageData) -> None:
        self._loaded = loaded
        self.name = loaded.name
        self.train_images = DataRef("train_images")
        self.train_labels = DataRef("train_labels")

    def training(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (n, 1, 28, 28) and labels (n,) of these training rows, by value: for checks that train on a few."""
        return self._loaded.train_images[rows], self._loaded.train_labels[rows]

    @property
    def test_images(self) -> torch.Tensor:
        """float32 (N, 1, 28, 28)."""
        return self._loaded.test_images

    @property
    def test_labels(self) -> torch.Tensor:
        """int64 (N,); never sent to the worker."""
        return self._loaded.test_labels


class DataRef:
    """A training tensor that is opened inside the worker when it is passed to the student's code."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def wire_ref(self) -> Ref:
        """The reference to send."""
        return Ref("data", self._name)

    @property
    def described(self) -> str:
        """How messages call it."""
        return self._name
