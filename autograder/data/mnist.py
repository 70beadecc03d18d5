"""MNIST from its idx files: a folder of the user's, the cache, or a download by torchvision."""

import gzip
import hashlib
import os
import socket
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.data.images import CLASSES, SIZE, ImageData, frame_pixels
from autograder.errors import DataError

DATA_VARIABLE = "AUTOGRADER_DATA"
COUNTS = {"train": 60_000, "t10k": 10_000}
# MD5 of the published archives, as torchvision has them: they guard against broken downloads, not against forgery.
ARCHIVES = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}

_RAW = Path("MNIST", "raw")
_OTHERWISE = (
    f"set {DATA_VARIABLE} to a folder that holds {_RAW.as_posix()}/train-images-idx3-ubyte and its three companions, "
    f'or use data="bundled"'
)
_SECONDS = 30  # a firewall that swallows packets must not hold up a grading run for minutes


class Pixels(NamedTuple):
    """MNIST as it is stored: images uint8 (N, 28, 28), labels uint8 (N,); read-only arrays."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def load_mnist() -> ImageData:
    """Return the `mnist` profile; only the bytes (55 MB) stay cached, the tensors (0.2 GB) are the caller's own.

    Raises DataError when the files are neither at hand nor to be had, or are not MNIST.
    """
    pixels = _pixels(*_source())
    return ImageData(
        "mnist",
        torch.from_numpy(frame_pixels(pixels.train_images)),
        torch.from_numpy(pixels.train_labels.astype(np.int64)),
        torch.from_numpy(frame_pixels(pixels.test_images)),
        torch.from_numpy(pixels.test_labels.astype(np.int64)),
    )


def cache_folder() -> Path:
    """Return where downloads are kept on this system; it need not exist."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "autograder"


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the idx file of unsigned bytes at `path` (plain or .gz), which must have exactly `shape`.

    Raises DataError when it cannot be read, is of another kind or shape, is cut short or too long.
    """
    header = bytes((0, 0, 8, len(shape))) + np.array(shape, dtype=">u4").tobytes()
    size = len(header) + int(np.prod(shape))
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(size + 1)  # no more, however large the file unpacks
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): put an intact copy there, or {_OTHERWISE}.") from error
    form = f"{'×'.join(map(str, shape))} unsigned bytes"
    if content[: len(header)] != header:
        raise DataError(f"{path} is not the idx file expected here, {form}: put an intact copy there, or {_OTHERWISE}.")
    if len(content) != size:
        fault = "too long" if len(content) > size else f"cut short at {len(content):,} of {size:,} bytes"
        raise DataError(f"{path} is {fault}: put an intact copy there, or {_OTHERWISE}.")
    return np.frombuffer(content, dtype=np.uint8, offset=len(header)).reshape(shape)


def mnist_at_hand() -> bool:
    """Whether `load_mnist` needs no download: AUTOGRADER_DATA is set, or the archives are in the cache."""
    cached = (cache_folder() / _RAW / name for name in ARCHIVES)
    return bool(os.environ.get(DATA_VARIABLE)) or all(path.is_file() for path in cached)


def _source() -> tuple[Path, bool]:
    """Return the folder of the idx files, and whether they are the published archives (then checked by checksum)."""
    own = os.environ.get(DATA_VARIABLE)
    if own:
        return Path(own).expanduser().resolve() / _RAW, False
    folder = cache_folder() / _RAW
    if not mnist_at_hand():
        _download(folder)
    return folder, True


@lru_cache(maxsize=1)
def _pixels(folder: Path, published: bool) -> Pixels:
    """Read the four files once a process."""
    parts = []
    for part, count in COUNTS.items():
        for kind, shape in (("images-idx3", (count, SIZE, SIZE)), ("labels-idx1", (count,))):
            name = f"{part}-{kind}-ubyte"
            path = _verified(folder / f"{name}.gz") if published else _own(folder / name)
            parts.append(read_idx(path, shape))
        if parts[-1].max() >= CLASSES:
            raise DataError(f"{path} holds labels above {CLASSES - 1}: put an intact copy there, or {_OTHERWISE}.")
    return Pixels(*parts)


def _own(path: Path) -> Path:
    """Return the user's file, plain or with .gz added; its content may differ from the published one."""
    for candidate in (path, path.with_name(f"{path.name}.gz")):
        if candidate.is_file():
            return candidate
    raise DataError(
        f"{path} is missing (also as .gz): put it there, unset {DATA_VARIABLE} to download MNIST, "
        f'or use data="bundled".'
    )


def _verified(path: Path) -> Path:
    """Return `path` when it is the published archive of that name."""
    try:
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): make it readable, or {_OTHERWISE}.") from error
    if digest != ARCHIVES[path.name]:
        raise DataError(f"{path} is damaged (wrong MD5): delete it and it is downloaded again, or {_OTHERWISE}.")
    return path


def _download(folder: Path) -> None:
    """Fetch the four archives with torchvision, which checks them, and move them into `folder`."""
    from torchvision.datasets import MNIST  # a second of import that only a download needs

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Fetched beside and moved: an interrupted download, or two at once, never leave half a file in the cache.
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary, _socket_timeout():
            MNIST(temporary, train=False, download=True)
            for name in ARCHIVES:
                os.replace(Path(temporary) / _RAW / name, folder / name)
    except (OSError, HTTPException, RuntimeError) as error:
        # OSError: no network, no room; HTTPException: cut off midway; RuntimeError: torchvision's "no mirror answered".
        raise DataError(f"MNIST is not in {folder} and cannot be downloaded: {_OTHERWISE}.") from error


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Give new connections a time limit; torchvision sets none and takes none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
