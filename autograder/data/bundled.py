"""The data files shipped with the kit: where they are, and whether they are still what was shipped."""

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from autograder.data.images import ImageData, frame_scans
from autograder.errors import DataError

SUMS = "SHA256SUMS"
DIGITS = "digits.npz"
_RESTORE = "restore it with `git checkout datasets` or install autograder again"


class BundledFile(NamedTuple):
    """A verified file: where it is and its bytes, read once so that what was checked is what is used."""

    path: Path
    content: bytes


def bundled_folder() -> Path:
    """Return the folder of the shipped data: `_datasets` in an installed package, `datasets/` in a clone."""
    package = Path(__file__).resolve().parents[1]
    # The installed one first, and only with its checksums: another package's `datasets` may lie beside ours.
    for folder in (package / "_datasets", package.parent / "datasets"):
        if (folder / SUMS).is_file():
            return folder
    raise DataError(f"{package.parent / 'datasets' / SUMS} is missing: {_RESTORE}.")


def bundled_file(name: str) -> BundledFile:
    """Return the shipped file `name` (path below the data folder, with "/"), checked against SHA256SUMS.

    Raises DataError when it is missing, not listed, or differs from what was shipped.
    """
    folder = bundled_folder()
    path = folder / name
    expected = _checksums(folder / SUMS).get(name)
    if expected is None:
        raise DataError(f"{folder / SUMS} has no line for {name}: add one with `sha256sum {name}`, or {_RESTORE}.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): {_RESTORE}.") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise DataError(f"{path} is damaged, its SHA-256 is not the one in {SUMS}: {_RESTORE}.")
    return BundledFile(path, content)


def load_digits() -> ImageData:
    """Return the `bundled` profile; the tensors are the caller's own and may be changed."""
    kept = _framed_digits(bundled_folder())
    tensors = (kept.train_images, kept.train_labels, kept.test_images, kept.test_labels)
    return ImageData(kept.name, *(tensor.clone() for tensor in tensors))


@lru_cache(maxsize=1)
def _framed_digits(folder: Path) -> ImageData:
    """Read and frame the digits once a process; `folder` is the cache's key."""
    with np.load(io.BytesIO(bundled_file(DIGITS).content), allow_pickle=False) as arrays:
        images = torch.from_numpy(frame_scans(arrays["images"]))
        labels = torch.from_numpy(arrays["labels"].astype(np.int64))
        train, test = (torch.from_numpy(arrays[part].astype(np.int64)) for part in ("train", "test"))
    return ImageData("bundled", images[train], labels[train], images[test], labels[test])


def _checksums(path: Path) -> dict[str, str]:
    """Return name -> SHA-256 from a file as `sha256sum` writes it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): {_RESTORE}.") from error
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {pair[-1].removeprefix("*"): pair[0].lower() for pair in pairs}
