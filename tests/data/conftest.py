import gzip

import numpy as np
import pytest

from autograder.data import DATA_VARIABLE, TRAIN_VARIABLE, bundled, mnist

SMALL = {"train": 30, "t10k": 20}


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    """No variable, cache folder or cached data of the machine reaches a test, nor of one test another."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.delenv(TRAIN_VARIABLE, raising=False)
    monkeypatch.setattr(mnist, "cache_folder", lambda: tmp_path / "cache")
    for cached in (mnist._pixels, bundled._framed_digits):
        cached.cache_clear()
    yield
    for cached in (mnist._pixels, bundled._framed_digits):
        cached.cache_clear()


@pytest.fixture
def small_mnist(monkeypatch):
    """A stand-in for MNIST, 30 and 20 images; file name -> content of the idx file."""
    monkeypatch.setattr(mnist, "COUNTS", SMALL)
    rng = np.random.default_rng(7)
    files = {}
    for part, count in SMALL.items():
        files[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        files[f"{part}-labels-idx1-ubyte"] = idx((np.arange(count) % 10).astype(np.uint8))
    return files


@pytest.fixture
def own_folder(small_mnist, monkeypatch, tmp_path):
    """The stand-in as plain files in a folder AUTOGRADER_DATA names; returns its MNIST/raw."""
    raw = tmp_path / "own" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in small_mnist.items():
        (raw / name).write_bytes(content)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "own"))
    return raw


@pytest.fixture
def archives(small_mnist):
    """The stand-in as .gz files; file name -> content."""
    return {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in small_mnist.items()}
