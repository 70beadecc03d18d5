"""What every profile gives, and how a digit is framed as MNIST frames its own."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

MEAN = 0.1307
STD = 0.3081
SIZE = 28
CLASSES = 10

_SCAN = 8  # side of a UCI scan
_INNER = 20  # side of the box MNIST fits its digits into
_LEVELS = 16  # grey levels of a UCI scan above zero


@dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """One profile: images float32 (N, 1, 28, 28), normalised with mean 0.1307 and std 0.3081; labels int64 (N,)."""

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor

    def __repr__(self) -> str:
        train, test = len(self.train_labels), len(self.test_labels)
        return f"ImageData({self.name!r}: {train:,} training and {test:,} test images)"


def few_labels(data: ImageData, per_class: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `per_class` training images of each class, and their labels; another seed, another choice."""
    generator = torch.Generator().manual_seed(seed)
    of_class = [(data.train_labels == label).nonzero()[:, 0] for label in range(CLASSES)]
    rows = torch.cat([rows[torch.randperm(len(rows), generator=generator)[:per_class]] for rows in of_class])
    return data.train_images[rows], data.train_labels[rows]


def frame_scans(scans: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 8×8 scans (N, 8, 8), values 0..16, as normalised images (N, 1, 28, 28).

    value/16, upscaled bilinearly to 20×20 as `interpolate(…, align_corners=False)` does, zero-padded, normalised.
    """
    # Weights are whole tenths, so everything up to the division is exact: the same bits on every machine.
    weights = _bilinear_tenths()
    upscaled = weights @ scans.astype(np.float32) @ weights.T
    images = np.zeros((len(scans), 1, SIZE, SIZE), dtype=np.float32)
    border = (SIZE - _INNER) // 2
    images[:, 0, border:-border, border:-border] = upscaled / np.float32(100 * _LEVELS)
    return _normalise(images)


def frame_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return MNIST pixels (N, 28, 28), values 0..255, as normalised images (N, 1, 28, 28)."""
    images = pixels[:, np.newaxis].astype(np.float32)
    images /= np.float32(255)
    return _normalise(images)


def _normalise(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normalise in place; MNIST in float32 is 0.2 GB, a copy less counts."""
    images -= np.float32(MEAN)
    images /= np.float32(STD)
    return images


def _bilinear_tenths() -> NDArray[np.float32]:
    """Return (20, 8) weights in tenths: row i mixes the two scan rows around position 0.4·(i + ½) − ½."""
    rows = np.arange(_INNER)
    left, part = np.divmod(np.maximum(4 * rows - 3, 0), 10)
    right = np.minimum(left + 1, _SCAN - 1)
    weights = np.zeros((_INNER, _SCAN), dtype=np.float32)
    weights[rows, left] += 10 - part
    weights[rows, right] += part
    return weights
