"""MNIST from a folder, from the cache and from nowhere."""

import gzip
import hashlib
import os
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision
from torchvision.transforms.functional import normalize

from autograder.data import DATA_VARIABLE, load, mnist
from autograder.errors import DataError

REAL = os.environ.get(DATA_VARIABLE)
TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"


@pytest.fixture
def cached(archives, monkeypatch, tmp_path):
    """The stand-in as an intact download in the cache; returns its MNIST/raw."""
    raw = tmp_path / "cache" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in archives.items():
        (raw / name).write_bytes(content)
    monkeypatch.setattr(
        mnist, "ARCHIVES", {name: hashlib.md5(content).hexdigest() for name, content in archives.items()}
    )
    return raw


def downloader(result):
    """A class in the place of torchvision's MNIST: raises `result` or writes those files."""

    class Downloader:
        calls = 0

        def __init__(self, root, train, download):
            Downloader.calls += 1
            if isinstance(result, Exception):
                raise result
            raw = Path(root) / "MNIST" / "raw"
            raw.mkdir(parents=True)
            for name, content in result.items():
                (raw / name).write_bytes(content)

    return Downloader


def check_small(data, files):
    assert data.name == "mnist"
    assert data.train_images.shape == (30, 1, 28, 28)
    assert data.test_images.shape == (20, 1, 28, 28)
    assert data.train_labels.tolist() == [i % 10 for i in range(30)]
    assert data.test_labels.tolist() == [i % 10 for i in range(20)]
    pixels = np.frombuffer(files[TRAIN_IMAGES], dtype=np.uint8, offset=16).reshape(30, 1, 28, 28)
    expected = normalize(torch.from_numpy(pixels.copy()) / 255, [0.1307], [0.3081])
    assert torch.equal(data.train_images, expected)
    assert data.train_labels.dtype == torch.int64


@pytest.mark.skipif(not REAL, reason=f"{DATA_VARIABLE} names no folder with MNIST")
def test_real_mnist(monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, REAL)
    data = load("mnist")
    assert data.train_images.shape == (60_000, 1, 28, 28)
    assert data.test_images.shape == (10_000, 1, 28, 28)
    assert data.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert data.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert abs(data.train_images.mean().item()) < 1e-3
    assert abs(data.train_images.std().item() - 1) < 1e-3


def test_plain_files(own_folder, small_mnist):
    check_small(load("mnist"), small_mnist)


def test_gz_files(own_folder, small_mnist):
    for name, content in small_mnist.items():
        (own_folder / name).unlink()
        (own_folder / f"{name}.gz").write_bytes(gzip.compress(content))
    check_small(load("mnist"), small_mnist)


def test_changing_a_result_in_place_leaves_the_next_one_alone(own_folder, small_mnist):
    load("mnist").train_images.zero_()
    check_small(load("mnist"), small_mnist)


def test_files_are_read_once(own_folder, small_mnist):
    load("mnist")
    (own_folder / TRAIN_IMAGES).unlink()
    check_small(load("mnist"), small_mnist)


def test_own_folder_without_mnist_names_file_variable_and_way_out(monkeypatch, tmp_path):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DataError) as error:
        load("mnist")
    assert str(tmp_path / "MNIST" / "raw" / TRAIN_IMAGES) in str(error.value)
    assert f"unset {DATA_VARIABLE}" in str(error.value)
    assert 'data="bundled"' in str(error.value)


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        (TRAIN_IMAGES, lambda content: content[:-1], "cut short at 23,535 of 23,536 bytes"),
        (TRAIN_IMAGES, lambda content: content + b"\0", "too long"),
        (TRAIN_IMAGES, lambda content: b"", "not the idx file expected here, 30×28×28 unsigned bytes"),
        (TRAIN_IMAGES, lambda content: content[:9], "not the idx file expected"),
        (TRAIN_IMAGES, lambda content: b"<html>not found</html>" * 2000, "not the idx file expected"),
        (
            TRAIN_LABELS,
            lambda content: content[:7] + b"\x1f" + content[8:],
            "not the idx file expected here, 30 unsigned",
        ),
        (TRAIN_LABELS, lambda content: content[:-1] + b"\x0a", "holds labels above 9"),
        ("t10k-labels-idx1-ubyte", lambda content: content[:-1] + b"\xff", "holds labels above 9"),
    ],
)
def test_damaged_file_names_file_fault_and_fix(own_folder, name, damage, words):
    path = own_folder / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as error:
        load("mnist")
    assert str(error.value).startswith(str(path))
    assert words in str(error.value)
    assert "put an intact copy there" in str(error.value)


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-200], lambda content: b"no gzip", lambda content: b"\x1f\x8b\x08" + content[3:60]],
)
def test_damaged_gz_names_file_and_fix(own_folder, small_mnist, damage):
    (own_folder / TRAIN_IMAGES).unlink()
    path = own_folder / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(damage(gzip.compress(small_mnist[TRAIN_IMAGES])))
    with pytest.raises(DataError) as error:
        load("mnist")
    assert str(error.value).startswith(f"{path} cannot be read")
    assert "put an intact copy there" in str(error.value)


def test_cached_download_is_used_without_downloading(cached, small_mnist, monkeypatch):
    monkeypatch.setattr(torchvision.datasets, "MNIST", downloader(AssertionError("downloads")))
    check_small(load("mnist"), small_mnist)


def test_own_folder_comes_before_the_cache(cached, own_folder, small_mnist):
    for path in cached.iterdir():
        path.write_bytes(b"damaged")
    check_small(load("mnist"), small_mnist)


def test_damaged_download_names_file_and_fix(cached):
    path = cached / f"{TRAIN_LABELS}.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1] + b"\5"))
    with pytest.raises(
        DataError, match=r"train-labels-idx1-ubyte\.gz is damaged .*: delete it and it is downloaded again"
    ):
        load("mnist")


def test_download_lands_in_the_cache_and_is_used(archives, small_mnist, cached, monkeypatch):
    for path in cached.iterdir():
        path.unlink()
    fake = downloader(archives)
    monkeypatch.setattr(torchvision.datasets, "MNIST", fake)
    check_small(load("mnist"), small_mnist)
    assert sorted(path.name for path in cached.iterdir()) == sorted(archives)
    mnist._pixels.cache_clear()
    check_small(load("mnist"), small_mnist)
    assert fake.calls == 1


@pytest.mark.parametrize("fault", [URLError("no network"), RuntimeError("no mirror"), TimeoutError("slow")])
def test_offline_says_what_to_do(monkeypatch, tmp_path, fault):
    monkeypatch.setattr(torchvision.datasets, "MNIST", downloader(fault))
    with pytest.raises(DataError) as error:
        load("mnist")
    assert f"set {DATA_VARIABLE} to a folder that holds MNIST/raw/{TRAIN_IMAGES}" in str(error.value)
    assert 'or use data="bundled"' in str(error.value)
    assert "\n" not in str(error.value)
    assert list((tmp_path / "cache" / "MNIST" / "raw").iterdir()) == []


def test_checksums_are_those_of_torchvision():
    assert dict(torchvision.datasets.MNIST.resources) == mnist.ARCHIVES
