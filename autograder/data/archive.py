"""The training part as plain .npy files: all of the data that an untrusted worker gets to open.

Written by the trusted side, mapped into memory by the workers, which then share one copy however many they are.
"""

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.data.images import SIZE, ImageData
from autograder.errors import DataError

TRAIN_VARIABLE = "AUTOGRADER_TRAIN_DATA"


def write_train(data: ImageData, folder: Path) -> None:
    """Write the training part of `data` into `folder`, each file whole or not at all; equal files are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, tensor in (("images", data.train_images), ("labels", data.train_labels)):
        path = _path(folder, data.name, kind)
        array = tensor.numpy()
        if not _holds(path, array):
            _write(path, partial(np.save, arr=array, allow_pickle=False))


def write_copy(content: bytes, path: Path) -> None:
    """Write a file whole or not at all; one that is the same already is left alone."""
    if not path.is_file() or path.read_bytes() != content:
        _write(path, lambda file: file.write(content))


def load_train(folder: Path, profile: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return training images (N, 1, 28, 28) and labels (N,) from a folder made by `train_archive`.

    Both are mapped copy-on-write: nothing is read before it is used, and changes stay in this process.
    Raises DataError when the files are missing, damaged or do not belong together.
    """
    images = _open(_path(folder, profile, "images"), "c")
    labels = _open(_path(folder, profile, "labels"), "c")
    if images.dtype != np.float32 or images.shape[1:] != (1, SIZE, SIZE):
        raise _damaged(_path(folder, profile, "images"), f"it holds {images.dtype} {images.shape}")
    if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
        raise _damaged(_path(folder, profile, "labels"), f"it holds {labels.dtype} {labels.shape}")
    return torch.from_numpy(images), torch.from_numpy(labels)


def _path(folder: Path, profile: str, kind: str) -> Path:
    return folder / f"{profile}-train-{kind}.npy"


def _open(path: Path, mode: Literal["c", "r"]) -> NDArray[Any]:
    """Map an .npy file into memory, copy-on-write ("c") or read-only ("r"); arrays of objects are refused."""
    try:
        return np.lib.format.open_memmap(path, mode=mode)
    except (OSError, EOFError, ValueError) as error:  # missing; empty; cut short, pickled or no .npy at all
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path} is not a usable training file ({reason}): delete it and run the command again.")


def _holds(path: Path, array: NDArray[Any]) -> bool:
    """Say whether `path` holds exactly `array`; comparing costs little and also catches old and torn files."""
    try:
        present = _open(path, "r")
    except DataError:
        return False  # missing or damaged: it will be written
    return present.dtype == array.dtype and np.array_equal(present, array)


def _write(path: Path, fill: Callable[[IO[bytes]], Any]) -> None:
    """Write a file under another name and move it into place, readable by all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
