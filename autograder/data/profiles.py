"""`load`: a profile by its name, on either side of the wall."""

import os
from pathlib import Path

import torch

from autograder.data import mnist
from autograder.data.archive import TRAIN_VARIABLE, load_train, write_train
from autograder.data.backbone import copy_backbone
from autograder.data.bundled import DIGITS, bundled_folder, load_digits
from autograder.data.images import SIZE, ImageData
from autograder.errors import DataError

PROFILES = ("bundled", "mnist")


def load(profile: str = "bundled") -> ImageData:
    """Return a data profile, "bundled" or "mnist": float32 images (N, 1, 28, 28) and int64 labels (N,), train and test.

    The files are read once a process; the tensors are new at every call, so changing them in place harms nobody.
    Behind the wall, that is where AUTOGRADER_TRAIN_DATA names a folder made by `train_archive`, the training part comes
    from there and the test part is empty, shapes (0, 1, 28, 28) and (0,): test labels never come near a submission.
    Raises DataError for another name, and when the data is missing, damaged or out of reach.
    """
    if profile not in PROFILES:
        raise DataError(f'There is no data profile {profile!r}: use data="bundled" or data="mnist".')
    walled = os.environ.get(TRAIN_VARIABLE)
    if walled:
        images, labels = load_train(Path(walled), profile)
        return ImageData(profile, images, labels, torch.empty(0, 1, SIZE, SIZE), torch.empty(0, dtype=torch.int64))
    return load_digits() if profile == "bundled" else mnist.load_mnist()


def train_archive(profile: str, folder: Path) -> Path:
    """Write the training part of `profile` into `folder`; return `folder`, the value for AUTOGRADER_TRAIN_DATA.

    Files: `<profile>-train-images.npy`, float32 (N, 1, 28, 28), and `<profile>-train-labels.npy`, int64 (N,), and the
    weights that `load_backbone` reads; no test images, no test labels. Each is written whole or not at all and left
    alone when it already holds exactly this data.
    """
    write_train(load(profile), folder)
    copy_backbone(folder)
    return folder


def label_sources() -> list[Path]:
    """Return the existing files and folders that hold test labels: what a wall must cover before a submission runs."""
    own = os.environ.get(mnist.DATA_VARIABLE)
    sources = [bundled_folder() / DIGITS, mnist.cache_folder()]
    if own:
        sources.append(Path(own).expanduser().resolve())
    return [path for path in sources if path.exists()]
